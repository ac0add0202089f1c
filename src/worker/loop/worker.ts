import type { Log } from '../log.ts';
import { type JobCounts, JobPool, type PoolOptions } from './job-pool.ts';
import type { JobEnd } from './job-source.ts';
import { PollHealth } from './poll-health.ts';
import { aborted, backoffMs, sleep as realSleep } from './sleep.ts';

/** No poll asks for more, however many places are free; Millrace's own limit (decision 6). */
const maxBatchSize = 100;
/** A poll without jobs that took this long was held by the server, so the next one may follow at once. */
const heldPollMs = 1000;
const pollBackoffsMs: [number, number] = [500, 15_000];

/** Settings of a worker; durations in ms. */
export interface WorkerOptions extends PoolOptions {
  /** Longest wait between two empty polls. */
  pollIntervalMs: number;
  /** Says why a poll failed and what to do about it; undefined when it does not know. */
  explain?: (error: unknown) => string | undefined;
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
  /** Ends polling and the running jobs at once: aborts them and reports their failure. Resolves within 3 s. */
  stopNow(): Promise<void>;
  /** Whether polls have failed and none was ever answered. */
  isCutOff(): boolean;
  /** Resolves once the worker has ended, stopped or by itself, with what became of its jobs. */
  ended: Promise<JobCounts>;
}

/** Builds a worker that performs the jobs of one source, never more than `concurrency` at a time (behaviour A.1). */
export function createWorker(options: WorkerOptions): Worker {
  const pool = new JobPool(options);
  const { explain, log, now = Date.now } = options;
  const health = new PollHealth({ log, now, ...(explain ? { explain } : {}) });
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
      // Those without a heartbeat live in a server, whose log has an end of its own.
      if (options.heartbeatMs !== undefined) logEnd(log, pool, health);
      tellEnd(pool.counts);
    });
    return stopped;
  }
  return {
    start() {
      looping ??= pollUntilStopped(options, pool, health, polling.signal);
      void looping.then(stop);
      void beat(options, pool, health, polling.signal);
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

/** Resolves when told to stop, or when the worker has nothing left to do by its own settings. */
async function pollUntilStopped(
  options: WorkerOptions,
  pool: JobPool,
  health: PollHealth,
  stop: AbortSignal,
): Promise<void> {
  const { idleExitMs = Number.POSITIVE_INFINITY, now = Date.now, sleep = realSleep, pollIntervalMs } = options;
  const { random = Math.random, source } = options;
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
      health.answered();
      for (const job of jobs) pool.begin(job);
      const wasHeld = jobs.length === 0 && now() - polledAt >= heldPollMs;
      if (jobs.length < places && !wasHeld) await idle(options, Math.min(pollIntervalMs, idleExitMs), woken);
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

/** A worker without jobs is otherwise silent, and silence looks like death. */
async function beat(options: WorkerOptions, pool: JobPool, health: PollHealth, stop: AbortSignal): Promise<void> {
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

/** The last line of a worker: what became of its jobs, and whether it ever got through to the server. */
function logEnd(log: Log, { counts }: JobPool, health: PollHealth): void {
  const done = Object.entries(counts).flatMap(([end, count]) =>
    count > 0 ? [`${count} ${endWords[end as JobEnd]}`] : [],
  );
  const what = done.length > 0 ? done.join(', ') : 'no jobs done';
  const trouble = health.trouble();
  if (!trouble || !health.isCutOff()) log.info(counts, `worker ended: ${what}`);
  else log.error({ ...counts, ...trouble }, `worker ended: ${what}, no poll was answered: ${trouble.reason}`);
}

const endWords: Record<JobEnd, string> = {
  Succeeded: 'succeeded',
  Continued: 'continued',
  Failed: 'failed',
  unreported: 'not reported',
  ended: 'ended without the worker',
  dropped: 'taken by another worker',
};
