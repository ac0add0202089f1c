import type { Logger } from 'pino';
import { expect, test } from 'vitest';
import { partnerKey, queueKey } from '../model/queue-key.ts';
import type { Store } from '../store/store.ts';
import { createPollActivity, pollWindowMs } from './poll-activity.ts';
import { createUnpolledWarning, readWaiting } from './waiting-jobs.ts';

const minuteMs = 60_000;
const queue = 'r/Test/ThirdParty/Mill/1';

/** Creates one queue whose jobs have waited since the instant 0, counted by query value. */
function setUp(counts: Record<string, number>) {
  const clock = { at: 0 };
  const groups = Object.entries(counts).map(([queryValue, jobs]) => ({ queue, queryValue, jobs, oldestAt: 0 }));
  const jobs = groups.reduce((sum, group) => sum + group.jobs, 0);
  const rows = { waiting: async () => [{ queue, jobs, oldestAt: 0 }], waitingByQuery: async () => groups };
  const activity = createPollActivity(() => clock.at);
  const waiting = (at: number) => readWaiting(rows as unknown as Store['jobs'], activity, at);
  return { clock, activity, waiting, read: async () => (await waiting(clock.at))[0] };
}

test('jobs count as unpolled once the server has seen a whole window without polls for them', async () => {
  const { clock, activity, read } = setUp({ a: 5, b: 2 });
  expect(await read()).toMatchObject({ jobs: 7, unpolled: 0 });
  clock.at = pollWindowMs;
  expect(await read()).toMatchObject({ unpolled: 7 });
  activity.note(queueKey(queue, 'a'), clock.at);
  expect(await read()).toMatchObject({ unpolled: 2 });
  activity.note(partnerKey('r', 'Test/ThirdParty/Mill/1'), clock.at);
  expect(await read()).toMatchObject({ unpolled: 0 });
  clock.at += pollWindowMs + 1;
  expect(await read()).toMatchObject({ unpolled: 7 });
});

test('the largest query values are listed, and the others counted together', async () => {
  const counts = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`v${index}`, 100 - index]));
  const { read } = setUp(counts);
  const waiting = await read();
  expect(waiting?.values.map(({ queryValue }) => queryValue)).toEqual(Object.keys(counts).slice(0, 20));
  expect(waiting?.otherValues).toBe(80 + 79 + 78 + 77 + 76 + 75 + 74 + 73 + 72 + 71);
});

test('the log warns once an hour of each query value that has waited for minutes without a worker', async () => {
  const { clock, activity, waiting } = setUp({ a: 5, b: 2 });
  const lines: object[] = [];
  const log = { warn: (fields: object) => void lines.push(fields) } as unknown as Logger;
  const runOnce = createUnpolledWarning({ waiting }, log);
  clock.at = 4 * minuteMs;
  await runOnce(clock.at);
  expect(lines).toEqual([]);
  clock.at = 7 * minuteMs;
  activity.note(queueKey(queue, 'a'), clock.at);
  expect(await runOnce(clock.at)).toBe(8 * minuteMs);
  await runOnce(clock.at);
  expect(lines).toEqual([{ queue, queryValue: 'b', jobs: 2, waitedMinutes: 7 }]);
  clock.at = 67 * minuteMs;
  await runOnce(clock.at);
  expect(lines).toHaveLength(3);
});

test('a bounded number of polled queues is remembered; the oldest is forgotten first', () => {
  const activity = createPollActivity(() => 0);
  for (let index = 0; index <= 10_000; index += 1) activity.note(queueKey(`q${index}`, 'v'), 0);
  expect(activity.lastPolled('q0')).toBeUndefined();
  expect(activity.lastPolled('q1', 'v')).toBe(0);
  expect(activity.recent(2)).toEqual([
    { queue: 'q10000', at: 0 },
    { queue: 'q9999', at: 0 },
  ]);
});
