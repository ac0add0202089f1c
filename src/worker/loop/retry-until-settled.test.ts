import { expect, it } from 'vitest';
import { ServiceError } from '../../contract/errors.ts';
import { retryUntilSettled } from './retry-until-settled.ts';

const log = { info: () => undefined, warn: () => undefined, error: () => undefined };

/** Counts the attempts of a call that always fails with `error`, and sums up the pauses. */
async function countCalls(error: Error): Promise<{ calls: number; pausedMs: number }> {
  let calls = 0;
  let pausedMs = 0;
  const sleep = async (durationMs: number) => {
    pausedMs += durationMs;
  };
  const call = async () => {
    calls += 1;
    throw error;
  };
  const { signal } = new AbortController();
  await expect(retryUntilSettled(call, { sleep, signal, log, what: 'report', jobId: 'a' })).rejects.toBe(error);
  return { calls, pausedMs };
}

it('retries for longer than an action may take, then gives up (behaviour A.8)', async () => {
  const { calls, pausedMs } = await countCalls(new Error('connect ECONNREFUSED'));
  expect(pausedMs / 3_600_000).toBeCloseTo(25, 0);
  expect(calls).toBeGreaterThan(9000);
});

it('warns less and less often while it retries', async () => {
  const warnings: object[] = [];
  const warn = (fields: object) => void warnings.push(fields);
  const { signal } = new AbortController();
  const options = { sleep: async () => undefined, signal, log: { ...log, warn }, what: 'report', jobId: 'a' };
  const call = () => Promise.reject(new Error('socket hang up'));
  await expect(retryUntilSettled(call, options)).rejects.toThrow('socket hang up');
  expect(warnings[0]).toMatchObject({ jobId: 'a', attempt: 0 });
  expect(warnings.length).toBeGreaterThan(8);
  expect(warnings.length).toBeLessThan(16);
});

it('does not retry rejections, but retries temporary errors', async () => {
  expect((await countCalls(new ServiceError('InvalidJobStateException'))).calls).toBe(1);
  for (const name of ['ConcurrentModificationException', 'InternalFailure', 'ThrottlingException']) {
    expect((await countCalls(Object.assign(new Error('later'), { name }))).calls).toBeGreaterThan(9000);
  }
});

it.each([
  [0, [200, 400, 800]],
  [1, [100, 200, 400]],
])('doubles its pauses, with random value %d', async (chance, delaysMs) => {
  const pauses: number[] = [];
  const sleep = async (durationMs: number) => void pauses.push(durationMs);
  const answers = [3, 2, 1, 0];
  const call = async () => {
    if (answers.shift() !== 0) throw new Error('socket hang up');
  };
  const { signal } = new AbortController();
  await retryUntilSettled(call, { sleep, signal, log, what: 'report', jobId: 'a', random: () => chance });
  expect(pauses).toEqual(delaysMs);
});
