import type { Log } from '../log.ts';
import { type JobCounts, JobPool, type PoolOptions } from './job-pool.ts';
import type { JobEnd } from './job-source.ts';
import { PollHealth } from './poll-health.ts';
import { aborted, backoffMs, sleep as realSleep } from './sleep.ts';

/** Most jobs that a poll asks for; Millrace's own limit (decision 6). */
const maxBatchSize = 100;
/** An empty poll that took this long was held by the server, so the next one may follow immediately. */
const heldPollMs = 1000;
const pollBackoffsMs: [number, number] = [500, 15_000];

/** Options of a worker; durations in ms. */
export interface WorkerOptions extends PoolOptions {
  /** Longest pause after an empty poll. */
  pollIntervalMs: number;
  /** Explains why a poll failed and what to do; undefined for unknown errors. */
  explain?: (error: unknown) => string | undefined;
  /** Resolves when there may be work, after `timeoutMs`, or when `signal` is aborted. */
  waitForWork?: (signal: AbortSignal, timeoutMs: number) => Promise<void>;
  /** Stop when no job has run for this long; checked between polls. */
  idleExitMs?: number;
  /** How often to log that the worker is alive; never by default. */
  heartbeatMs?: number;
  /** Replaces Math.random in tests. */
  random?: () => number;
}

/** Polls for jobs and performs them. */
export interface Worker {
  start(): void;
  /** Stops polling, lets running jobs finish within the grace period, aborts the rest; resolves when all have ended. */
  stop(): Promise<void>;
  /** Stops polling, aborts the running jobs now and reports their failure. Resolves within 3 s. */
  stopNow(): Promise<void>;
  /** Returns whether every poll so far has failed. */
  isCutOff(): boolean;
  /** Resolves when the worker has ended, with the number of jobs by how they ended. */
  ended: Promise<JobCounts>;
}

/** Creates a worker that performs the jobs of one source, at most `concurrency` at a time (behaviour A.1). */
export function createWorker(options: WorkerOptions): Worker {
  const pool = new JobPool(options);
  const { explain, log, now = Date.now } = options;
  const health = new PollHealth({ log, now, ...(explain ? { explain } : {}) });
  const polling = new AbortController();
  let looping: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let resolveEnded: (counts: JobCounts) => void = () => undefined;
  const ended = new Promise<JobCounts>((resolve) => {
    resolveEnded = resolve;
  });
  function stop(): Promise<void> {
    polling.abort();
    pool.wake();
    stopped ??= Promise.resolve(looping).then(async () => {
      await pool.finish();
      // Workers without a heartbeat run in the server, which logs its own end.
      if (options.heartbeatMs !== undefined) logEnd(log, pool, health);
      resolveEnded(pool.counts);
    });
    return stopped;
  }
  return {
    start() {
      looping ??= pollUntilStopped(options, pool, health, polling.signal);
      void looping.then(stop);
      void logHeartbeats(options, pool, health, polling.signal);
    },
    stop,
    stopNow() {
      pool.hurry();
      return stop();
    },
    isCutOff: () => health.isCutOff(),
    ended,
  };
}

/** Polls until stopped, or until `maxJobs` or `idleExitMs` ends the worker. */
async function pollUntilStopped(
  options: WorkerOptions,
  pool: JobPool,
  health: PollHealth,
  stop: AbortSignal,
): Promise<void> {
  const { idleExitMs = Number.POSITIVE_INFINITY, now = Date.now, sleep = realSleep, pollIntervalMs } = options;
  const { random = Math.random, source } = options;
  while (!stop.aborted && !pool.isUsedUp()) {
    // Before the poll, so that a job that ends during it still shortens the following wait.
    const woken = pool.watch();
    const slots = Math.min(pool.freeSlots(), maxBatchSize);
    if (pool.idleMs() >= idleExitMs) return;
    if (slots <= 0) {
      await aborted(woken);
      continue;
    }
    const polledAt = now();
    try {
      const jobs = (await source.poll(slots, stop)).slice(0, slots);
      if (stop.aborted) return;
      health.succeeded();
      for (const job of jobs) pool.begin(job);
      const wasHeld = jobs.length === 0 && now() - polledAt >= heldPollMs;
      if (jobs.length < slots && !wasHeld) await idle(options, Math.min(pollIntervalMs, idleExitMs), woken);
    } catch (error) {
      if (stop.aborted) return;
      const delayMs = backoffMs(health.failuresInARow, pollBackoffsMs, random);
      health.failed(error);
      await sleep(Math.min(delayMs, idleExitMs), stop);
    }
  }
}

async function idle(options: WorkerOptions, durationMs: number, woken: AbortSignal): Promise<void> {
  const { log, sleep = realSleep, waitForWork } = options;
  if (woken.aborted) return;
  if (!waitForWork) return sleep(durationMs, woken);
  try {
    await waitForWork(woken, durationMs);
  } catch (error) {
    if (woken.aborted) return;
    log.warn({ err: error }, 'waiting for work failed');
    await sleep(durationMs, woken);
  }
}

/** Logs a heartbeat: a worker without jobs would otherwise be silent and look dead. */
async function logHeartbeats(
  options: WorkerOptions,
  pool: JobPool,
  health: PollHealth,
  stop: AbortSignal,
): Promise<void> {
  const { heartbeatMs, log, sleep = realSleep } = options;
  if (heartbeatMs === undefined) return;
  for (;;) {
    await sleep(heartbeatMs, stop);
    if (stop.aborted) return;
    const trouble = health.trouble();
    const fields = { running: pool.runningIds(), ...pool.counts };
    if (!trouble) log.info(fields, 'worker is alive');
    else
      log.warn(
        { ...fields, ...trouble },
        `worker is alive, but polls have failed since ${trouble.since}: ${trouble.reason}`,
      );
  }
}

/** Logs how the jobs ended, and whether the worker ever reached the server. */
function logEnd(log: Log, { counts }: JobPool, health: PollHealth): void {
  const done = Object.entries(counts).flatMap(([end, count]) =>
    count > 0 ? [`${count} ${endTexts[end as JobEnd]}`] : [],
  );
  const what = done.length > 0 ? done.join(', ') : 'no jobs done';
  const trouble = health.trouble();
  if (!trouble || !health.isCutOff()) log.info(counts, `worker ended: ${what}`);
  else log.error({ ...counts, ...trouble }, `worker ended: ${what}, no poll was answered: ${trouble.reason}`);
}

const endTexts: Record<JobEnd, string> = {
  Succeeded: 'succeeded',
  Continued: 'continued',
  Failed: 'failed',
  unreported: 'not reported',
  ended: 'ended without the worker',
  dropped: 'taken by another worker',
};
