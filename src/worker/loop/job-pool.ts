import type { Job } from '../../contract/generated.ts';
import type { Log } from '../log.ts';
import type { JobEnd, JobSource, RunJob } from './job-source.ts';
import { performJob, WorkEnded } from './perform-job.ts';
import { aborted, sleep as realSleep, type Sleep } from './sleep.ts';

/** After the grace period, how long aborted jobs may take to end and be reported. */
const lastReportGraceMs = 15_000;
/** The same for a worker that must end now, and how long its pending reports may take then. */
const hurriedReportGraceMs = 2300;
const hurriedLastMs = 300;

/** How jobs are performed; durations in ms. */
export interface PoolOptions {
  source: JobSource;
  run: RunJob;
  /** Most jobs performed at a time. */
  concurrency: number;
  log: Log;
  /** How often to extend leases, if the source has leases; 10 s. */
  renewIntervalMs?: number;
  /** How often to check whether a running job is over; 30 s. */
  watchIntervalMs?: number;
  /** How long a stopping worker lets running jobs finish before aborting them; 30 s. */
  stopGraceMs?: number;
  /** Most jobs taken in total; unlimited by default. */
  maxJobs?: number;
  sleep?: Sleep;
  now?: () => number;
}

interface RunningJob {
  jobId: string | undefined;
  work: AbortController;
  done: Promise<void>;
}

/** The number of jobs by how they ended. */
export type JobCounts = Record<JobEnd, number>;

/** Holds the running jobs of a worker and counts those that have ended. */
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

  /** Returns how many more jobs may be taken now; a job that turns out to be another worker's does not count. */
  freeSlots(): number {
    const { concurrency, maxJobs = Number.POSITIVE_INFINITY } = this.options;
    return Math.min(concurrency, maxJobs - this.takenJobs()) - this.running.size;
  }

  /** Returns whether `maxJobs` jobs have ended. */
  isUsedUp(): boolean {
    return this.takenJobs() >= (this.options.maxJobs ?? Number.POSITIVE_INFINITY);
  }

  /** Returns for how long no job has been running. */
  idleMs(): number {
    return this.running.size > 0 ? 0 : this.now() - this.busyAt;
  }

  runningIds(): (string | undefined)[] {
    return [...this.running].map(({ jobId }) => jobId);
  }

  /** Returns a signal that is aborted when the next job ends, or by `wake`. */
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
        log.error({ jobId: job.id, err: error }, 'job ended because of a bug in the worker');
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
   * Lets the running jobs finish within the grace period, then aborts them, then gives up on their reports. `hurry`
   * cuts each of these waits short, so that everything ends within 3 s.
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
    // What is left are reports that are still pending when the time is up.
    this.counts.unreported += this.running.size;
  }

  /** Ends the running jobs now, or as soon as the worker stops. */
  hurry(): void {
    const { log } = this.options;
    const running = this.runningIds();
    if (running.length > 0 && !this.hurrying.signal.aborted) {
      log.warn({ running }, `ending ${countJobs(running.length)} now and reporting the failure`);
    }
    this.hurrying.abort();
  }

  private announceEnd(stopGraceMs: number): void {
    const running = this.runningIds();
    if (running.length === 0 || stopGraceMs === 0 || this.hurrying.signal.aborted) return;
    const seconds = Math.round(stopGraceMs / 1000);
    this.options.log.info(
      { running },
      `the worker takes no more jobs and waits up to ${seconds} s for ${countJobs(running.length)}; stop it again to end them now`,
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
