import { type JobCounts, JobPool, type PoolOptions } from './job-pool.ts';
import { backoffMs, pause as realPause } from './pause.ts';

/** No poll asks for more, however many places are free; Millrace's own limit (decision 6). */
const maxBatchSize = 100;
/** A poll without jobs that took this long was held by the server, so the next one may follow at once. */
const heldPollMs = 1000;
const pollBackoffsMs: [number, number] = [500, 15_000];

/** Settings of a worker; durations in ms. */
export interface WorkerOptions extends PoolOptions {
  /** Longest wait between two empty polls. */
  pollIntervalMs: number;
  /** Resolves early when work may be there; bounded by `timeoutMs`, ended by `signal`. */
  waitForWork?: (signal: AbortSignal, timeoutMs: number) => Promise<void>;
  /** Ends by itself when no job ran for so long; judged between polls. */
  idleExitMs?: number;
  /** How often a line in the log says that the worker is alive; never unless given. */
  heartbeatMs?: number;
  /** As Math.random, which it is unless given. */
  random?: () => number;
}

/** A running loop of polls. */
export interface Worker {
  start(): void;
  /** Ends polling, lets running jobs finish within the grace, aborts the rest; resolves when all is over. */
  stop(): Promise<void>;
  /** Resolves once the worker has ended, stopped or by itself, with what became of its jobs. */
  ended: Promise<JobCounts>;
}

/** Builds a worker that performs the jobs of one source, never more than `concurrency` at a time (behaviour A.1). */
export function createWorker(options: WorkerOptions): Worker {
  const pool = new JobPool(options);
  const polling = new AbortController();
  let looping: Promise<void> | undefined;
  let stopped: Promise<void> | undefined;
  let tellEnd: (counts: JobCounts) => void = () => undefined;
  const ended = new Promise<JobCounts>((resolve) => {
    tellEnd = resolve;
  });
  function stop(): Promise<void> {
    polling.abort();
    pool.wake();
    stopped ??= Promise.resolve(looping).then(async () => {
      await pool.finish();
      tellEnd(pool.counts);
    });
    return stopped;
  }
  return {
    start() {
      looping ??= pollUntilStopped(options, pool, polling.signal);
      void looping.then(stop);
      void beat(options, pool, polling.signal);
    },
    stop,
    ended,
  };
}

/** Resolves when told to stop, or when the worker has nothing left to do by its own settings. */
async function pollUntilStopped(options: WorkerOptions, pool: JobPool, stop: AbortSignal): Promise<void> {
  const { idleExitMs = Number.POSITIVE_INFINITY, log, now = Date.now, pause = realPause, pollIntervalMs } = options;
  const { random = Math.random, source } = options;
  let failures = 0;
  while (!stop.aborted && !pool.isUsedUp()) {
    // Before the poll, so that a job which ends during the poll still shortens the wait after it.
    const woken = pool.watch();
    const places = Math.min(pool.freePlaces(), maxBatchSize);
    if (pool.idleMs() >= idleExitMs) return;
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
      if (jobs.length < places && !wasHeld) await idle(options, Math.min(pollIntervalMs, idleExitMs), woken);
    } catch (error) {
      if (stop.aborted) return;
      if (failures === 0) log.warn({ err: error }, 'polling failed, trying again');
      await pause(backoffMs(failures, pollBackoffsMs, random), stop);
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

/** A worker without jobs is otherwise silent, and silence looks like death. */
async function beat(options: WorkerOptions, pool: JobPool, stop: AbortSignal): Promise<void> {
  const { heartbeatMs, log, pause = realPause } = options;
  if (heartbeatMs === undefined) return;
  for (;;) {
    await pause(heartbeatMs, stop);
    if (stop.aborted) return;
    log.info({ running: pool.runningIds(), ...pool.counts }, 'worker is alive');
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
