import { modelledErrors } from '../../contract/generated.ts';
import type { Log } from '../log.ts';
import { backoffMs, type Sleep } from './sleep.ts';

/** Longer than the 24 h after which a custom action has timed out whatever is reported (behaviour A.8). */
const longestMs = 25 * 60 * 60 * 1000;
const delaysMs: [number, number] = [200, 10_000];
/** How long after the first warning the next one follows while the call fails: doubled each time. */
const secondWarningMs = 60_000;

/** Modelled errors that pass by themselves, so that they are tried again like an unreachable server. */
const passingErrors = new Set(['ConcurrentModificationException', 'ConflictException', 'LimitExceededException']);

/** Whether the server understood the call and said no, so that repeating it would change nothing. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && Object.hasOwn(modelledErrors, error.name) && !passingErrors.has(error.name);
}

/** What `retryUntilSettled` needs beside the call itself. */
export interface RetryOptions {
  sleep: Sleep;
  /** Aborted when nobody waits for the call any more. */
  signal: AbortSignal;
  log: Log;
  /** What is being tried, for the log: 'acknowledge', 'report'. */
  what: string;
  jobId: string | undefined;
  /** As Math.random, which it is unless given. */
  random?: () => number;
}

/**
 * Repeats a call until the server answers it: a restart of the server in the middle of a job must not lose the result.
 * Rejects with the last error after a refusal, when the job must be over, or when the signal is aborted.
 */
export async function retryUntilSettled<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { jobId, log, sleep, random = Math.random, signal, what } = options;
  let waitedMs = 0;
  let nextWarningMs = 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await call();
      if (attempt > 0) log.info({ jobId, attempt }, `${what}: the server answers again`);
      return answer;
    } catch (error) {
      if (isRefusal(error) || waitedMs >= longestMs || signal.aborted) throw error;
      if (waitedMs >= nextWarningMs) {
        log.warn({ jobId, attempt, err: error }, `${what}: the server did not answer, trying again`);
        nextWarningMs = Math.max(secondWarningMs, 2 * waitedMs);
      }
      const delayMs = backoffMs(attempt, delaysMs, random);
      await sleep(delayMs, signal);
      waitedMs += delayMs;
    }
  }
}
