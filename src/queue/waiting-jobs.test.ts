import type { Logger } from 'pino';
import { expect, test } from 'vitest';
import type { Dependencies } from '../api/dependencies.ts';
import type { Store } from '../store/store.ts';
import { createSeenPolls, pollWindowMs } from './poll-activity.ts';
import { createUnpolledWarning, readWaiting } from './waiting-jobs.ts';

const minuteMs = 60_000;

/** Jobs that wait since the instant 0, by query value, in one queue. */
function waitingWith(counts: Record<string, number>) {
  const clock = { at: 0 };
  const groups = Object.entries(counts).map(([queryValue, jobs]) => ({ queue: 'q', queryValue, jobs, oldestAt: 0 }));
  const jobs = groups.reduce((sum, group) => sum + group.jobs, 0);
  const store = {
    jobs: { waiting: async () => [{ queue: 'q', jobs, oldestAt: 0 }], waitingByQuery: async () => groups },
  };
  const polls = createSeenPolls(() => clock.at);
  const parts = { store: store as unknown as Store, polls } as Dependencies;
  return { clock, polls, parts, read: async () => (await readWaiting(parts, clock.at))[0] };
}

test('jobs nobody asks for are told from those somebody does, once the server has watched for a while', async () => {
  const { clock, polls, read } = waitingWith({ a: 5, b: 2 });
  expect(await read()).toMatchObject({ jobs: 7, unpolled: 0 });
  clock.at = pollWindowMs;
  expect(await read()).toMatchObject({ unpolled: 7 });
  polls.note({ queue: 'q', queryValue: 'a' });
  expect(await read()).toMatchObject({ unpolled: 2 });
  polls.note({ queue: 'q', clientsOf: { region: 'r', typeKey: 't' } });
  expect(await read()).toMatchObject({ unpolled: 0 });
  clock.at += pollWindowMs + 1;
  expect(await read()).toMatchObject({ unpolled: 7 });
});

test('of many query values the largest are shown, and the others counted together', async () => {
  const counts = Object.fromEntries(Array.from({ length: 30 }, (_, index) => [`v${index}`, 100 - index]));
  const { read } = waitingWith(counts);
  const waiting = await read();
  expect(waiting?.values.map(({ queryValue }) => queryValue)).toEqual(Object.keys(counts).slice(0, 20));
  expect(waiting?.otherValues).toBe(80 + 79 + 78 + 77 + 76 + 75 + 74 + 73 + 72 + 71);
});

test('the log has one line an hour for each value that has waited for minutes without a worker', async () => {
  const { clock, polls, parts } = waitingWith({ a: 5, b: 2 });
  const lines: object[] = [];
  const log = { warn: (fields: object) => void lines.push(fields) } as unknown as Logger;
  const look = createUnpolledWarning(parts, log);
  clock.at = 4 * minuteMs;
  await look(clock.at);
  expect(lines).toEqual([]);
  clock.at = 7 * minuteMs;
  polls.note({ queue: 'q', queryValue: 'a' });
  expect(await look(clock.at)).toBe(8 * minuteMs);
  await look(clock.at);
  expect(lines).toEqual([{ queue: 'q', queryValue: 'b', jobs: 2, waitedMinutes: 7 }]);
  clock.at = 67 * minuteMs;
  await look(clock.at);
  expect(lines).toHaveLength(3);
});

test('polls of more queues than anybody has are forgotten, the oldest first', () => {
  const polls = createSeenPolls(() => 0);
  for (let index = 0; index <= 10_000; index += 1) polls.note({ queue: `q${index}`, queryValue: 'v' });
  expect(polls.lastPollAt('q0')).toBeUndefined();
  expect(polls.lastPollAt('q1', 'v')).toBe(0);
  expect(polls.recentQueues(2)).toEqual([
    { queue: 'q10000', at: 0 },
    { queue: 'q9999', at: 0 },
  ]);
});
