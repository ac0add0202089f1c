import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { defaultQuotas } from '../model/quotas.ts';
import { migrate } from '../store/migrate.ts';
import { createNotifications } from '../store/notifications.ts';
import { dialect, openSqlite } from '../store/sqlite/database.ts';
import { createStore } from '../store/store.ts';
import { createDueWork, type DueWorkHandler } from './due-work.ts';

const kind = 'mow';

/** Opens a store on an SQLite file, with a clock that tests set. */
async function setUp() {
  const database = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => database.close());
  await migrate(database, dialect);
  const clock = { at: 1_000_000 };
  const now = () => clock.at;
  const store = createStore(database, { now, limits: defaultQuotas, notifications: createNotifications() });
  /** Starts a node that does the work with `run`. */
  const startNode = (run: DueWorkHandler['run'], settings: Partial<DueWorkHandler> = {}) => {
    const handler = { kind, atOnce: 2, leaseMs: 60_000, longestPauseMs: 60_000, retryMs: () => 5000, run, ...settings };
    const loop = createDueWork(handler, { store, now, longestSleepMs: 10_000, log: pino({ level: 'silent' }) });
    onTestFinished(() => loop.stop());
    loop.start();
    return loop;
  };
  return { store, clock, startNode, request: (key: string) => store.dueWork.request(kind, key, clock.at) };
}

test('does what is due, at most so much at a time, and the rest as soon as there is room', async () => {
  const { startNode, request } = await setUp();
  const ends: (() => void)[] = [];
  const begun: string[] = [];
  startNode(async ({ key }) => {
    begun.push(key);
    await new Promise<void>((resolve) => void ends.push(resolve));
    return {};
  });
  for (const key of ['a', 'b', 'c']) await request(key);
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b']));
  ends[0]?.();
  await vi.waitFor(() => expect(begun).toEqual(['a', 'b', 'c']));
  for (const end of ends) end();
});

test('work that fails is tried again after its pause, and counts its attempts', async () => {
  const { store, clock, startNode, request } = await setUp();
  const attempts: number[] = [];
  startNode(async (work) => {
    attempts.push(work.attempts);
    throw new Error('no');
  });
  await request('a');
  await vi.waitFor(async () => expect(await store.dueWork.nextAt(kind)).toBe(clock.at + 5000));
  clock.at += 5000;
  await request('b');
  await vi.waitFor(() => expect(attempts).toEqual([1, 2, 1]));
});

test('a stop aborts the work, which is due for other nodes at once', async () => {
  const { store, clock, startNode, request } = await setUp();
  const first = startNode(
    (_, __, signal) => new Promise((_, reject) => signal.addEventListener('abort', () => reject(signal.reason))),
  );
  await request('a');
  await vi.waitFor(async () => expect(await store.dueWork.nextAt(kind)).toBe(clock.at + 60_000));
  await first.stop();
  const done = new Promise<string>((resolve) => {
    startNode(async ({ key }) => {
      resolve(key);
      return {};
    });
  });
  expect(await done).toBe('a');
});

test('the lease is renewed while the work goes on; work whose claim is lost is aborted', async () => {
  const { store, clock, startNode, request } = await setUp();
  const lost = new Promise<boolean>((resolve) => {
    startNode(
      (_, __, signal) =>
        new Promise((end) =>
          signal.addEventListener('abort', () => {
            resolve(true);
            end({});
          }),
        ),
      { leaseMs: 90 },
    );
  });
  await request('a');
  await vi.waitFor(async () => expect(await store.dueWork.nextAt(kind)).toBe(clock.at + 90));
  clock.at += 60;
  await vi.waitFor(async () => expect(await store.dueWork.nextAt(kind)).toBe(clock.at + 90));
  const { at } = clock;
  const times = { at: at + 90, latestAt: at + 200, leaseUntil: at + 60_000, limit: 1 };
  expect(await store.dueWork.claim({ kind, ...times })).toMatchObject([{ key: 'a', attempts: 2 }]);
  expect(await lost).toBe(true);
});
