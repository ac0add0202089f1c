import type { ServerResponse } from 'node:http';
import { join } from 'node:path';
import { pino } from 'pino';
import { expect, onTestFinished, test, vi } from 'vitest';
import { sampleEvent } from '../../test/support/events/event.ts';
import { startReceiver } from '../../test/support/events/receiver.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { defaultQuotas } from '../model/quotas.ts';
import { createDueWork } from '../scheduler/due-work.ts';
import { migrate } from '../store/migrate.ts';
import { createNotifications } from '../store/notifications.ts';
import { dialect, openSqlite } from '../store/sqlite/database.ts';
import { createStore } from '../store/store.ts';
import type { Destination } from './destination.ts';
import { createLanes } from './lanes.ts';
import { createTargetDestination } from './target-destination.ts';

const scope = { account: sampleEvent.account, region: sampleEvent.region };
const origin = { callerArn: 'arn:aws:iam::123456789012:root', accessKeyId: 'AKIA1', requestId: 'r1' };
const patient = { timeout: 15_000, interval: 10 };
const dayMs = 24 * 60 * 60 * 1000;
const secret = `whsec_${Buffer.alloc(24).toString('base64')}`;

type Answer = (response: ServerResponse, id: string) => void;

/** Opens a store with the target `chat` and a receiver that answers as `answer` does. */
async function setUp(answer: Answer = (response) => response.end()) {
  const behaviour = { answer };
  const receiver = await startReceiver(({ headers }, response) => {
    behaviour.answer(response, String(headers['webhook-id']));
  });
  onTestFinished(receiver.close);
  const database = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => database.close());
  await migrate(database, dialect);
  const clock = { at: 1_000_000 };
  const now = () => clock.at;
  const notifications = createNotifications();
  const store = createStore(database, { now, limits: defaultQuotas, notifications });
  const target = { kind: 'EventTarget', name: 'chat', document: { type: 'http', url: receiver.url, secret } } as const;
  await store.resources.put(scope, [target], { at: 0, origin });
  const lines: Record<string, unknown>[] = [];
  const log = pino(
    { level: 'info' },
    { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) },
  );
  const targets = createTargetDestination({
    resources: store.resources,
    open: (_, { document }) => document,
    approvalUrl: () => '',
  });
  /** Starts a node that sends; `stop` ends it. */
  const startNode = (destinations: Destination[] = [targets]) => {
    const lanes = createLanes({ store, destinations, now, random: () => 0, log });
    const loop = createDueWork(lanes, { store, now, longestSleepMs: 20, log });
    onTestFinished(() => loop.stop());
    loop.start();
    return loop;
  };
  let cursor: string | undefined;
  let count = 0;
  const handOut = async (...deliveries: [id: string, pipelineId?: string][]) => {
    const from = cursor;
    cursor = `${++count}`;
    const expiresAt = clock.at + dayMs;
    const receiverOf = { ...scope, destination: 'EventTarget', name: 'chat' };
    await store.eventDeliveries.handOut({
      reader: 'r',
      from,
      to: cursor,
      deliveries: deliveries.map(([id, pipelineId = 'p1']) => ({
        id,
        receiver: receiverOf,
        pipelineId,
        event: sampleEvent,
        body: JSON.stringify(sampleEvent),
      })),
      at: clock.at,
      expiresAt,
    });
  };
  const receivedIds = () => receiver.received.map(({ headers }) => headers['webhook-id']);
  const list = () => store.eventDeliveries.list(scope, { limit: 999 });
  const untilEnded = () =>
    vi.waitFor(async () => expect((await list()).every(({ status }) => status !== 'Pending')).toBe(true), patient);
  const untilAttempts = (id: string, attempts: number) =>
    vi.waitFor(async () => expect((await list()).find((one) => one.id === id)).toMatchObject({ attempts }), patient);
  /** Advances the clock when no lane is being sent: a lease that seems to have ended would send it twice. */
  const pass = async (ms: number) => {
    await vi.waitFor(async () => {
      const due = (await list()).flatMap(({ dueAt }) => dueAt ?? []);
      expect(due).toContain(await store.dueWork.nextAt('event-lane'));
    }, patient);
    clock.at += ms;
  };
  return { store, clock, pass, startNode, handOut, receivedIds, list, lines, behaviour, untilEnded, untilAttempts };
}

const fail: Answer = (response) => response.writeHead(500).end('broken');

test('the events of a pipeline arrive in order, beside those of others', async () => {
  const { startNode, handOut, receivedIds, untilEnded } = await setUp();
  const ids = Array.from({ length: 110 }, (_, index) => `one ${index}`);
  await handOut(
    ...ids.flatMap((id): [string, string][] => [
      [id, 'p1'],
      [`${id}b`, 'p2'],
    ]),
  );
  startNode();
  await untilEnded();
  expect(receivedIds().filter((id) => !id?.toString().endsWith('b'))).toEqual(ids);
  expect(receivedIds()).toHaveLength(220);
});

test('a failed delivery is tried again and keeps those behind it waiting, but not other pipelines', async () => {
  const { pass, startNode, handOut, receivedIds, behaviour, untilEnded, untilAttempts, lines } = await setUp(
    (response, id) => (id === 'a' ? fail(response, id) : response.end()),
  );
  await handOut(['a'], ['b'], ['c', 'p2']);
  startNode();
  await untilAttempts('a', 1);
  await untilAttempts('c', 1);
  await handOut(['d']);
  for (const [attempts, pauseMs] of [
    [2, 1000],
    [3, 2000],
    [4, 4000],
  ] as const) {
    await pass(pauseMs);
    await untilAttempts('a', attempts);
  }
  expect(receivedIds().filter((id) => id !== 'c')).toEqual(['a', 'a', 'a', 'a']);
  behaviour.answer = (response) => response.end();
  await pass(8000);
  await untilEnded();
  expect(receivedIds().slice(-3)).toEqual(['a', 'b', 'd']);
  expect(lines.map(({ msg }) => msg)).toEqual([
    'events cannot be delivered; retrying, at least every 15 minutes, without logging it again',
    'events are delivered again',
  ]);
  expect(lines[0]).toMatchObject({ name: 'chat', reason: expect.stringContaining('responded with 500: broken') });
});

test('a receiver that is away for a day loses its oldest events only, which can be sent again', async () => {
  const { store, clock, pass, startNode, handOut, receivedIds, behaviour, untilEnded, untilAttempts, list } =
    await setUp(fail);
  await handOut(['a'], ['b']);
  startNode();
  await untilAttempts('a', 1);
  await pass(dayMs - 1);
  await untilAttempts('a', 2);
  await pass(0);
  await handOut(['c']);
  await pass(15 * 60 * 1000);
  await vi.waitFor(async () => expect((await list()).filter(({ status }) => status === 'Dead')).toHaveLength(2));
  await untilAttempts('c', 1);
  behaviour.answer = (response) => response.end();
  await pass(1000);
  await untilEnded();
  expect((await list()).map(({ id, status }) => [id, status])).toEqual([
    ['c', 'Delivered'],
    ['b', 'Dead'],
    ['a', 'Dead'],
  ]);
  const request = { at: clock.at, expiresAt: clock.at + dayMs, origin };
  await store.eventDeliveries.redeliver(scope, ['a', 'b'], request);
  await untilEnded();
  expect(receivedIds().slice(-3)).toEqual(['c', 'a', 'b']);
});

test('what a receiver will never take is dead at once, and the next one is sent', async () => {
  const { startNode, handOut, list, untilEnded } = await setUp((response, id) =>
    id === 'a' ? response.writeHead(410).end() : response.end(),
  );
  await handOut(['a'], ['b']);
  startNode();
  await untilEnded();
  expect(await list()).toMatchObject([
    { id: 'b', status: 'Delivered' },
    { id: 'a', status: 'Dead', attempts: 1, failure: expect.stringContaining('410') },
  ]);
});

test('a receiver that asks for time gets it, up to a quarter of an hour', async () => {
  const { clock, startNode, handOut, list, untilAttempts } = await setUp((response) =>
    response.writeHead(429, { 'retry-after': '86400' }).end(),
  );
  await handOut(['a']);
  startNode();
  await untilAttempts('a', 1);
  expect((await list())[0]?.dueAt).toBe(clock.at + 15 * 60 * 1000);
});

test('a delivery that is not recorded is sent again with the same id', async () => {
  const { store, clock, startNode, handOut, receivedIds, untilEnded } = await setUp();
  const recordSuccess = vi.spyOn(store.eventDeliveries, 'recordSuccess').mockImplementationOnce(async () => {
    throw new Error('killed');
  });
  await handOut(['a']);
  startNode();
  await vi.waitFor(() => expect(recordSuccess).toHaveBeenCalledTimes(1));
  expect(receivedIds()).toEqual(['a']);
  await vi.waitFor(async () => expect(await store.dueWork.nextAt('event-lane')).toBe(clock.at + 1000), patient);
  clock.at += 1000;
  await untilEnded();
  expect(receivedIds()).toEqual(['a', 'a']);
});

test('a stop during an attempt leaves it to other nodes and counts nothing', async () => {
  const { startNode, handOut, receivedIds, behaviour, list, untilEnded } = await setUp(() => undefined);
  await handOut(['a']);
  const first = startNode();
  await vi.waitFor(() => expect(receivedIds()).toEqual(['a']));
  await first.stop();
  expect(await list()).toMatchObject([{ attempts: 0, status: 'Pending' }]);
  behaviour.answer = (response) => response.end();
  startNode();
  await untilEnded();
  expect(receivedIds()).toEqual(['a', 'a']);
});

test('a bug in a destination is logged and counts as a failed attempt', async () => {
  const { startNode, handOut, list, untilAttempts, lines } = await setUp();
  const broken: Destination = {
    kind: 'EventTarget',
    hasSubscribers: async () => true,
    subscribersOf: async () => [],
    deliver: async () => {
      throw new TypeError(`oops\0${'!'.repeat(2000)}`);
    },
  };
  await handOut(['a']);
  startNode([broken]);
  await untilAttempts('a', 1);
  const failure = `The delivery failed unexpectedly: oops${'!'.repeat(2000)}`.slice(0, 1000);
  expect(await list()).toMatchObject([{ failure, status: 'Pending' }]);
  expect(lines[0]).toMatchObject({ msg: 'a delivery failed unexpectedly', err: { type: 'TypeError' } });
});

test('receivers of a kind that only a later version knows keep their events', async () => {
  const { startNode, handOut, list, untilAttempts } = await setUp();
  await handOut(['a']);
  startNode([]);
  await untilAttempts('a', 1);
  expect(await list()).toMatchObject([
    { failure: 'This server has no receivers of the kind EventTarget.', status: 'Pending' },
  ]);
});
