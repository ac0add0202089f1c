import { once } from 'node:events';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sampleEvent } from '../../test/support/events/event.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { defaultQuotas } from '../model/quotas.ts';
import type { StoredEvent } from '../model/stored-event.ts';
import { createDueWork } from '../scheduler/due-work.ts';
import { migrate } from '../store/migrate.ts';
import { createNotifications } from '../store/notifications.ts';
import { dialect, openSqlite } from '../store/sqlite/database.ts';
import { createStore } from '../store/store.ts';
import type { Destination } from './destination.ts';
import { createFanOut, fanOutKind } from './fan-out.ts';

const { account, region } = sampleEvent;
const patient = { timeout: 15_000, interval: 10 };
const key = 'all';

/** Opens a store and a destination with receivers by name, each of which wants the events with its name as source. */
async function setUp() {
  const database = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => database.close());
  await migrate(database, dialect);
  const clock = { at: 1_000_000 };
  const now = () => clock.at;
  const store = createStore(database, { now, limits: defaultQuotas, notifications: createNotifications() });
  const log = pino({ level: 'silent' });
  const receivers = new Set<string>();
  const destination: Destination = {
    kind: 'Garden',
    hasSubscribers: async () => receivers.size > 0,
    subscribersOf: async (events) => events.map(({ source }) => (receivers.has(source) ? [source] : [])),
    deliver: async () => undefined,
  };
  const asked = vi.spyOn(destination, 'hasSubscribers');
  const toEvents = async (stored: StoredEvent[]) =>
    stored.map((one) => {
      if (one.kind !== 'announced') throw new Error('unexpected');
      return { ...sampleEvent, ...one.announcement, id: one.position };
    });
  let ids = 0;
  const startNode = () => {
    const fanOut = createFanOut({
      store,
      destinations: [destination],
      toEvents,
      now,
      longestSleepMs: 20,
      newId: () => `d${++ids}`,
    });
    const loop = createDueWork(fanOut, { store, now, longestSleepMs: 20, log });
    onTestFinished(() => loop.stop());
    loop.start();
    return loop;
  };
  const announce = (source: string, detail: object = {}, pipelineId?: string) =>
    store.events.announce([
      {
        account,
        region,
        at: clock.at,
        source,
        'detail-type': 'Test',
        resources: [],
        detail: { ...detail },
        pipelineId,
      },
    ]);
  await store.dueWork.request(fanOutKind, key, clock.at);
  const deliveries = async () => (await store.eventDeliveries.list({ account, region }, { limit: 999 })).reverse();
  const names = async () => (await deliveries()).map(({ receiver }) => receiver.name);
  const untilNames = (...expected: string[]) =>
    vi.waitFor(async () => expect(await names()).toEqual(expected), patient);
  /** Waits until a round that began after this call has ended. */
  const round = async () => {
    const before = asked.mock.calls.length;
    await vi.waitFor(() => expect(asked.mock.calls.length).toBeGreaterThan(before + 1), patient);
  };
  return { store, clock, receivers, startNode, announce, deliveries, untilNames, round, toEvents };
}

test('receivers get the events that they want, in order, each once', async () => {
  const { store, receivers, startNode, announce, untilNames, deliveries } = await setUp();
  receivers.add('rose').add('tulip');
  startNode();
  await vi.waitFor(async () => expect(await store.eventDeliveries.cursor('fan-out')).toBeDefined(), patient);
  for (const source of ['rose', 'weed', 'tulip', 'rose']) await announce(source, {}, 'p1');
  await untilNames('rose', 'tulip', 'rose');
  expect(await store.eventDeliveries.next(JSON.stringify(['Garden', account, region, 'rose', 'p1']))).toMatchObject({
    id: (await deliveries())[0]?.id,
    event: { source: 'rose' },
  });
});

test('what happened before the first receiver came reaches nobody and leaves nothing to do', async () => {
  const { receivers, startNode, announce, untilNames, round } = await setUp();
  await announce('rose');
  startNode();
  await round();
  await announce('rose');
  await round();
  receivers.add('rose');
  await announce('rose');
  await untilNames('rose');
});

test('a node that stops hands over to the next one, which misses and repeats nothing', async () => {
  const { receivers, startNode, announce, untilNames, round } = await setUp();
  receivers.add('rose').add('tulip');
  const first = startNode();
  await round();
  await announce('rose');
  await untilNames('rose');
  await first.stop();
  await announce('tulip');
  startNode();
  await untilNames('rose', 'tulip');
});

test('a node that was taken for dead stores nothing, and leaves the work to the other one', async () => {
  const { store, clock, receivers, announce, untilNames, toEvents, deliveries } = await setUp();
  receivers.add('rose');
  const frozen = new AbortController();
  const destination = (isFrozen: boolean): Destination => ({
    kind: 'Garden',
    hasSubscribers: async () => true,
    subscribersOf: async (events) => {
      if (isFrozen) await once(frozen.signal, 'abort');
      return events.map(({ source }) => [source]);
    },
    deliver: async () => undefined,
  });
  const run = (isFrozen: boolean, signal: AbortSignal) =>
    createFanOut({
      store,
      destinations: [destination(isFrozen)],
      toEvents,
      now: () => clock.at,
      longestSleepMs: 20,
      newId: () => `${isFrozen} ${Math.random()}`,
    }).run({ kind: fanOutKind, key, fence: 1, requests: 0, attempts: 1 }, clock.at, signal);
  await store.eventDeliveries.handOut({
    reader: 'fan-out',
    from: undefined,
    to: await store.events.latest(),
    deliveries: [],
    at: 0,
    expiresAt: 0,
  });
  await announce('rose');
  const slow = run(true, new AbortController().signal);
  const stop = new AbortController();
  const quick = run(false, stop.signal);
  await untilNames('rose');
  frozen.abort();
  await slow;
  stop.abort();
  await quick;
  expect(await deliveries()).toHaveLength(1);
});

test('a long backlog is handed out completely', async () => {
  const { receivers, startNode, announce, round, deliveries, store } = await setUp();
  receivers.add('rose');
  const first = startNode();
  await round();
  await first.stop();
  const count = 120;
  for (let index = 0; index < count; index += 1) await announce('rose', { index }, 'p1');
  startNode();
  await vi.waitFor(async () => expect(await deliveries()).toHaveLength(count), patient);
  const lane = JSON.stringify(['Garden', account, region, 'rose', 'p1']);
  for (let index = 0; index < 3; index += 1) {
    const next = await store.eventDeliveries.next(lane);
    expect(next?.event.detail).toEqual({ index });
    await store.eventDeliveries.recordSuccess(next?.id ?? '', 0);
  }
});

test('an event that waits for a running transaction is looked for again without a notification', async () => {
  const { store, receivers, startNode, announce, untilNames } = await setUp();
  receivers.add('rose');
  const { read } = store.events;
  let held = 3;
  vi.spyOn(store.events, 'read').mockImplementation(async (page) => {
    if (held === 0) return read(page);
    held -= 1;
    return { events: [], cursor: page.cursor ?? '', hasMore: true };
  });
  vi.spyOn(store.events, 'next').mockImplementation(async (_, signal) => void (await once(signal, 'abort')));
  startNode();
  await vi.waitFor(async () => expect(await store.eventDeliveries.cursor('fan-out')).toBeDefined(), patient);
  await announce('rose');
  await untilNames('rose');
});
