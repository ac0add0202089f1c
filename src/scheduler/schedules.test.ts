import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { defaultQuotas } from '../model/quotas.ts';
import { migrate } from '../store/migrate.ts';
import { createNotifications } from '../store/notifications.ts';
import { dialect, openSqlite } from '../store/sqlite/database.ts';
import { createStore } from '../store/store.ts';
import { createDueWork } from './due-work.ts';
import { createSchedules } from './schedules.ts';

const scope = { account: '123456789012', region: 'eu-west-1' };
const hourMs = 60 * 60 * 1000;
const start = Date.parse('2026-02-03T04:05:06Z');

/** Opens a store with a clock that tests set, and nodes that carry out schedules. */
async function setUp() {
  const database = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => database.close());
  await migrate(database, dialect);
  const clock = { at: start };
  const now = () => clock.at;
  const store = createStore(database, { now, limits: defaultQuotas, notifications: createNotifications() });
  const log = pino({ level: 'silent' });
  const startNode = () => {
    const loop = createDueWork(createSchedules({ store, log }), { store, now, longestSleepMs: 10_000, log });
    onTestFinished(() => loop.stop());
    loop.start();
    return loop;
  };
  const put = (scheduleExpression: string) =>
    store.eventRules.put(scope, {
      rule: { name: 'r', scheduleExpression, state: 'ENABLED' },
      tags: {},
      at: clock.at,
      limit: 9,
    });
  /** Returns the times of the announced events. */
  const announced = async () => {
    const { events } = await store.events.read({ limit: 99 });
    return events.flatMap((event) =>
      event.kind === 'announced' ? new Date(event.announcement.at).toISOString().slice(0, 19) : [],
    );
  };
  const untilDue = (at: number | undefined) =>
    vi.waitFor(async () => expect(await store.dueWork.nextAt('schedule')).toBe(at));
  return { store, clock, startNode, put, announced, untilDue };
}

test('a schedule is announced at each of its times, once however many nodes there are', async () => {
  const { clock, startNode, put, announced, untilDue } = await setUp();
  const nodes = [startNode(), startNode()];
  await put('cron(0 5-7 * * ? *)');
  await untilDue(Date.parse('2026-02-03T05:00:00Z'));
  expect(await announced()).toEqual([]);
  for (const hour of ['05', '06', '07']) {
    clock.at = Date.parse(`2026-02-03T${hour}:00:00Z`);
    for (const node of nodes) node.wake();
    await vi.waitFor(async () => expect((await announced()).at(-1)).toBe(`2026-02-03T${hour}:00:00`));
  }
  await untilDue(Date.parse('2026-02-04T05:00:00Z'));
  expect(await announced()).toHaveLength(3);
});

test('what was missed while no node ran is announced once', async () => {
  const { clock, startNode, put, announced, untilDue } = await setUp();
  await put('rate(1 hour)');
  clock.at = start + 5 * hourMs + 1;
  startNode();
  await untilDue(start + 6 * hourMs);
  expect(await announced()).toEqual(['2026-02-03T05:05:06']);
});

test('a disabled or deleted rule is no longer due, and an enabled one counts anew', async () => {
  const { store, clock, startNode, put, announced, untilDue } = await setUp();
  await put('rate(1 hour)');
  const node = startNode();
  await untilDue(start + hourMs);
  await store.eventRules.setState(scope, 'r', { state: 'DISABLED', at: clock.at });
  await untilDue(undefined);
  clock.at += 10 * hourMs;
  await store.eventRules.setState(scope, 'r', { state: 'ENABLED', at: clock.at });
  await untilDue(start + 11 * hourMs);
  await store.eventRules.delete(scope, 'r');
  clock.at = start + 11 * hourMs;
  node.wake();
  await untilDue(undefined);
  expect(await announced()).toEqual([]);
});

test('a schedule that is due in months waits for it, and one that is never due goes', async () => {
  const { clock, startNode, put, announced, untilDue } = await setUp();
  const node = startNode();
  await put('cron(0 0 1 6 ? 2026)');
  await untilDue(start + 24 * hourMs);
  clock.at = Date.parse('2026-06-01T00:00:00Z');
  node.wake();
  await untilDue(undefined);
  expect(await announced()).toEqual(['2026-06-01T00:00:00']);
});
