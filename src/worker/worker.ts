import type { Job } from '../contract/generated.ts';
import type { JobSource, RunJob } from './job-source.ts';
import type { Log } from './log.ts';
import { backoffMs, type Pause, pause as realPause } from './pause.ts';
import { performJob, WorkEnded } from './perform-job.ts';

/** No poll asks for more, however many places are free; Millrace's own limit (decision 6). */
const maxBatchSize = 100;
/** A poll without jobs that took this long was held by the server, so the next one may follow at once. */
const heldPollMs = 1000;
const firstPollBackoffMs = 500;
const longestPollBackoffMs = 15_000;
/** After the grace for running jobs, how long the reports of the aborted ones may still take. */
const lastReportGraceMs = 5000;

/** Settings of a worker; durations in ms. */
export interface WorkerOptions {
  source: JobSource;
  run: RunJob;
  /** Most jobs performed at a time. */
  concurrency: number;
  /** Longest wait between two empty polls. */
  pollIntervalMs: number;
  log: Log;
  /** Resolves early when work may be there; bounded by `timeoutMs`, ended by `signal`. */
  waitForWork?: (signal: AbortSignal, timeoutMs: number) => Promise<void>;
  /** How often leases are extended when the source has leases; 10 s. */
  renewIntervalMs?: number;
  /** How long `stop` lets running jobs finish before it aborts them; 30 s. */
  stopGraceMs?: number;
  pause?: Pause;
  now?: () => number;
}

/** A running loop of polls. */
export interface Worker {
  start(): void;
  /** Ends polling, lets running jobs finish within the grace, aborts the rest; resolves when all is over. */
  stop(): Promise<void>;
}

interface RunningJob {
  work: AbortController;
  done: Promise<void>;
}

/** Builds a worker that performs the jobs of one source, never more than `concurrency` at a time (behaviour A.1). */
export function createWorker(options: WorkerOptions): Worker {
  const pool = new JobPool(options);
  const polling = new AbortController();
  let looping: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  return {
    start() {
      looping ??= pollUntilStopped(options, pool, polling.signal);
    },
    stop() {
      polling.abort();
      pool.wake();
      stopped ??= Promise.resolve(looping).then(() => pool.finish());
      return stopped;
    },
  };
}

async function pollUntilStopped(options: WorkerOptions, pool: JobPool, stop: AbortSignal): Promise<void> {
  const { log, now = Date.now, pause = realPause, pollIntervalMs, source } = options;
  let failures = 0;
  while (!stop.aborted) {
    // Before the poll, so that a job which ends during the poll still shortens the wait after it.
    const woken = pool.watch();
    const places = Math.min(pool.freePlaces(), maxBatchSize);
    if (places <= 0) {
      await aborted(woken);
      continue;
    }
    const polledAt = now();
    try {
      const jobs = (await source.poll(places, stop)).slice(0, places);
      if (stop.aborted) return;
      if (failures > 0) log.info({ failures }, 'polling works again');
      failures = 0;
      for (const job of jobs) pool.begin(job);
      const wasHeld = jobs.length === 0 && now() - polledAt >= heldPollMs;
      if (jobs.length < places && !wasHeld) await idle(options, pollIntervalMs, woken);
    } catch (error) {
      if (stop.aborted) return;
      if (failures === 0) log.warn({ err: error }, 'polling failed, trying again');
      await pause(backoffMs(failures, firstPollBackoffMs, longestPollBackoffMs), stop);
      failures += 1;
    }
  }
}

async function idle(options: WorkerOptions, durationMs: number, woken: AbortSignal): Promise<void> {
  const { log, pause = realPause, waitForWork } = options;
  if (woken.aborted) return;
  if (!waitForWork) return pause(durationMs, woken);
  try {
    await waitForWork(woken, durationMs);
  } catch (error) {
    if (woken.aborted) return;
    log.warn({ err: error }, 'waiting for work failed');
    await pause(durationMs, woken);
  }
}

interface RunningJob {
  work: AbortController;
  done: Promise<void>;
}

/** Holds the running jobs of a worker. */
class JobPool {
  private readonly options: WorkerOptions;
  private readonly running = new Set<RunningJob>();
  private readonly reporting = new AbortController();
  private waker = new AbortController();

  constructor(options: WorkerOptions) {
    this.options = options;
  }

  freePlaces(): number {
    return this.options.concurrency - this.running.size;
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
    const { log, pause = realPause, renewIntervalMs = 10_000, run, source } = this.options;
    const work = new AbortController();
    const done = performJob(job, { source, run, log, pause, renewIntervalMs, work, reporting: this.reporting.signal })
      .catch((error: unknown) => log.error({ jobId: job.id, err: error }, 'job ended by a defect of the worker'))
      .then(() => {
        this.running.delete(entry);
        this.wake();
      });
    const entry: RunningJob = { work, done };
    this.running.add(entry);
  }

  /** Lets the running jobs end within the grace, then aborts them, then gives up their reports. */
  async finish(): Promise<void> {
    const { pause = realPause, stopGraceMs = 30_000 } = this.options;
    const allDone = Promise.all([...this.running].map(({ done }) => done));
    await atMost(stopGraceMs, allDone, pause);
    for (const { work } of this.running) work.abort(new WorkEnded('stopped'));
    await atMost(lastReportGraceMs, allDone, pause);
    this.reporting.abort();
    await allDone;
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** Waits for `work`, but no longer than `durationMs`. */
async function atMost(durationMs: number, work: Promise<unknown>, pause: Pause): Promise<void> {
  const over = new AbortController();
  void work.then(() => over.abort());
  await pause(durationMs, over.signal);
}
