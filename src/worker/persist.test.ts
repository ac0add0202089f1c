import { expect, it } from 'vitest';
import { ServiceError } from '../contract/errors.ts';
import { maxAttempts, persist } from './persist.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** How often a call is made that always fails with `error`, and how long all pauses between take. */
async function countCalls(error: Error): Promise<{ calls: number; pausedMs: number }> {
  let calls = 0;
  let pausedMs = 0;
  const pause = async (durationMs: number) => {
    pausedMs += durationMs;
  };
  const call = async () => {
    calls += 1;
    throw error;
  };
  const { signal } = new AbortController();
  await expect(persist(call, { pause, signal, log, what: 'report', jobId: 'a' })).rejects.toBe(error);
  return { calls, pausedMs };
}

it('tries for about an hour, then gives up', async () => {
  const { calls, pausedMs } = await countCalls(new Error('connect ECONNREFUSED'));
  expect(calls).toBe(maxAttempts);
  expect(pausedMs / 60_000).toBeCloseTo(59, -1);
});

it('does not repeat what was refused, but does what passes by itself', async () => {
  expect((await countCalls(new ServiceError('InvalidJobStateException'))).calls).toBe(1);
  expect((await countCalls(new ServiceError('ConcurrentModificationException'))).calls).toBe(maxAttempts);
  expect((await countCalls(new ServiceError('InternalFailure'))).calls).toBe(maxAttempts);
});
