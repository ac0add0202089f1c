import type { Job } from '../../contract/generated.ts';
import type { Log } from '../log.ts';
import type { JobEnd, JobSource, RunJob } from './job-source.ts';
import { performJob, WorkEnded } from './perform-job.ts';
import { aborted, sleep as realSleep, type Sleep } from './sleep.ts';

/** After the grace for running jobs, how long aborted ones may take to end and be reported. */
const lastReportGraceMs = 15_000;
/** The same when the worker has to end at once, and how long reports that are under way may take then. */
const hurriedReportGraceMs = 2300;
const hurriedLastMs = 300;

/** How jobs are performed; durations in ms. */
export interface PoolOptions {
  source: JobSource;
  run: RunJob;
  /** Most jobs performed at a time. */
  concurrency: number;
  log: Log;
  /** How often leases are extended when the source has leases; 10 s. */
  renewIntervalMs?: number;
  /** How often the source is asked whether a running job is over; 30 s. */
  watchIntervalMs?: number;
  /** How long running jobs may go on when the worker stops before they are aborted; 30 s. */
  stopGraceMs?: number;
  /** Most jobs taken in all; unlimited unless given. */
  maxJobs?: number;
  sleep?: Sleep;
  now?: () => number;
}

interface RunningJob {
  jobId: string | undefined;
  work: AbortController;
  done: Promise<void>;
}

/** How many jobs ended how. */
export type JobCounts = Record<JobEnd, number>;

/** Holds the running jobs of a worker and counts the ended ones. */
export class JobPool {
  readonly counts: JobCounts = { Succeeded: 0, Continued: 0, Failed: 0, unreported: 0, ended: 0, dropped: 0 };
  private readonly options: PoolOptions;
  private readonly now: () => number;
  private busyAt: number;
  private readonly running = new Set<RunningJob>();
  private readonly reporting = new AbortController();
  private readonly hurrying = new AbortController();
  private waker = new AbortController();

  constructor(options: PoolOptions) {
    this.options = options;
    this.now = options.now ?? Date.now;
    this.busyAt = this.now();
  }

  /** How many more jobs may be taken now; a job that turns out to be another worker's takes nothing from `maxJobs`. */
  freePlaces(): number {
    const { concurrency, maxJobs = Number.POSITIVE_INFINITY } = this.options;
    return Math.min(concurrency, maxJobs - this.takenJobs()) - this.running.size;
  }

  /** Whether all jobs have ended that may ever be taken. */
  isUsedUp(): boolean {
    return this.takenJobs() >= (this.options.maxJobs ?? Number.POSITIVE_INFINITY);
  }

  /** How long no job has been running, in ms. */
  idleMs(): number {
    return this.running.size > 0 ? 0 : this.now() - this.busyAt;
  }

  runningIds(): (string | undefined)[] {
    return [...this.running].map(({ jobId }) => jobId);
  }

  /** A signal that is aborted by the next job that ends, or by `wake`. */
  watch(): AbortSignal {
    this.waker = new AbortController();
    return this.waker.signal;
  }

  wake(): void {
    this.waker.abort();
  }

  begin(job: Job): void {
    const { log, sleep = realSleep, renewIntervalMs = 10_000, run, source, watchIntervalMs = 30_000 } = this.options;
    const work = new AbortController();
    const intervals = { renewIntervalMs, watchIntervalMs };
    const done = performJob(job, { source, run, log, sleep, ...intervals, work, reporting: this.reporting.signal })
      .catch((error: unknown): JobEnd => {
        log.error({ jobId: job.id, err: error }, 'job ended by a defect of the worker');
        return 'unreported';
      })
      .then((end) => {
        this.counts[end] += 1;
        this.busyAt = this.now();
        this.running.delete(entry);
        this.wake();
      });
    const entry: RunningJob = { jobId: job.id, work, done };
    this.running.add(entry);
  }

  /**
   * Lets the running jobs end within the grace, then aborts them, then gives up their reports. `hurry` cuts each of these
   * waits short, so that all is over within 3 s.
   */
  async finish(): Promise<void> {
    const { sleep = realSleep, stopGraceMs = 30_000 } = this.options;
    this.announceEnd(stopGraceMs);
    const allDone = Promise.all([...this.running].map(({ done }) => done));
    const hurried = this.hurrying.signal;
    await atMost(stopGraceMs, Promise.race([allDone, aborted(hurried)]), sleep);
    for (const { work } of this.running) work.abort(new WorkEnded('stopped'));
    const isLate = aborted(hurried).then(() => atMost(hurriedReportGraceMs, allDone, sleep));
    await atMost(lastReportGraceMs, Promise.race([allDone, isLate]), sleep);
    this.reporting.abort();
    if (!hurried.aborted) await allDone;
    else await atMost(hurriedLastMs, allDone, sleep);
    // Only a report that is still under way when time is over is left here.
    this.counts.unreported += this.running.size;
  }

  /** Ends the running jobs now, or as soon as the worker stops. */
  hurry(): void {
    const { log } = this.options;
    const running = this.runningIds();
    if (running.length > 0 && !this.hurrying.signal.aborted) {
      log.warn({ running }, `ending ${countJobs(running.length)} at once and reporting the failure`);
    }
    this.hurrying.abort();
  }

  private announceEnd(stopGraceMs: number): void {
    const running = this.runningIds();
    if (running.length === 0 || this.hurrying.signal.aborted) return;
    const seconds = Math.round(stopGraceMs / 1000);
    this.options.log.info(
      { running },
      `the worker takes no more jobs and waits up to ${seconds} s for ${countJobs(running.length)}; stop it again to end them at once`,
    );
  }

  private takenJobs(): number {
    const { dropped, ...taken } = this.counts;
    return Object.values(taken).reduce((sum, count) => sum + count, 0);
  }
}

function countJobs(count: number): string {
  return count === 1 ? '1 running job' : `${count} running jobs`;
}

/** Waits for `work`, but no longer than `durationMs`. */
async function atMost(durationMs: number, work: Promise<unknown>, sleep: Sleep): Promise<void> {
  const over = new AbortController();
  void work.then(() => over.abort());
  await sleep(durationMs, over.signal);
}
