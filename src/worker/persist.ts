import { modelledErrors } from '../contract/generated.ts';
import type { Log } from './log.ts';
import { backoffMs, type Pause } from './pause.ts';

/** With the delays below about an hour: longer than any restart, far less than the 24 h an action may take. */
export const maxAttempts = 360;
const firstDelayMs = 200;
const longestDelayMs = 10_000;

/** Modelled errors that pass by themselves, so that they are tried again like an unreachable server. */
const passingErrors = new Set(['ConcurrentModificationException', 'ConflictException', 'LimitExceededException']);

/** Whether the server understood the call and said no, so that repeating it would change nothing. */
export function isRefusal(error: unknown): error is Error {
  return error instanceof Error && Object.hasOwn(modelledErrors, error.name) && !passingErrors.has(error.name);
}

/** What `persist` needs beside the call itself. */
export interface Persistence {
  pause: Pause;
  /** Aborted when nobody waits for the call any more. */
  signal: AbortSignal;
  log: Log;
  /** What is being tried, for the log: 'acknowledge', 'report'. */
  what: string;
  jobId: string | undefined;
}

/**
 * Repeats a call until the server answers it: a restart of the server in the middle of a job must not lose the result.
 * Rejects with the last error after a refusal, after `maxAttempts`, or when the signal is aborted.
 */
export async function persist<T>(call: () => Promise<T>, options: Persistence): Promise<T> {
  const { jobId, log, pause, signal, what } = options;
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await call();
      if (attempt > 0) log.info({ jobId, attempt }, `${what}: the server answers again`);
      return answer;
    } catch (error) {
      if (isRefusal(error) || attempt + 1 >= maxAttempts || signal.aborted) throw error;
      if (attempt === 0) log.warn({ jobId, err: error }, `${what}: the server did not answer, trying again`);
      await pause(backoffMs(attempt, firstDelayMs, longestDelayMs), signal);
    }
  }
}
