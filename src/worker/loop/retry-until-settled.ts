import { modelledErrors } from '../../contract/generated.ts';
import type { Log } from '../log.ts';
import { backoffMs, type Sleep } from './sleep.ts';

/** Longer than the 24 h after which a custom action has timed out in any case (behaviour A.8). */
const longestMs = 25 * 60 * 60 * 1000;
const delaysMs: [number, number] = [200, 10_000];
/** How long after the first warning the next one follows while the call fails: doubled each time. */
const secondWarningMs = 60_000;

/** Modelled errors that are temporary, so the call is retried. */
const temporaryErrors = new Set(['ConcurrentModificationException', 'ConflictException', 'LimitExceededException']);

/** Returns whether the server understood the call and rejected it, so that a retry would change nothing. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && Object.hasOwn(modelledErrors, error.name) && !temporaryErrors.has(error.name);
}

/** What `retryUntilSettled` needs besides the call. */
export interface RetryOptions {
  sleep: Sleep;
  /** Ends the retries. */
  signal: AbortSignal;
  log: Log;
  /** Names the call in the log: 'acknowledge', 'report'. */
  what: string;
  jobId: string | undefined;
  /** Replaces Math.random in tests. */
  random?: () => number;
}

/**
 * Retries a call until the server accepts or rejects it: a server restart must not lose a result. Rejects with the last
 * error when the server rejected the call, when the action must have timed out, or when the signal is aborted.
 */
export async function retryUntilSettled<T>(call: () => Promise<T>, options: RetryOptions): Promise<T> {
  const { jobId, log, sleep, random = Math.random, signal, what } = options;
  let waitedMs = 0;
  let nextWarningMs = 0;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await call();
      if (attempt > 0) log.info({ jobId, attempt }, `${what}: the server responds again`);
      return answer;
    } catch (error) {
      if (isRefusal(error) || waitedMs >= longestMs || signal.aborted) throw error;
      if (waitedMs >= nextWarningMs) {
        log.warn({ jobId, attempt, err: error }, `${what}: the server did not respond; retrying`);
        nextWarningMs = Math.max(secondWarningMs, 2 * waitedMs);
      }
      const delayMs = backoffMs(attempt, delaysMs, random);
      await sleep(delayMs, signal);
      waitedMs += delayMs;
    }
  }
}
