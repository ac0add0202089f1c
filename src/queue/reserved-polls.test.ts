import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { queueKey } from '../model/queue-key.ts';
import { createNotifications } from '../store/notifications.ts';
import type { ClaimRequest, JobRecord, Store } from '../store/store.ts';
import { tickMs } from './coarse-timers.ts';
import { createJobQueue } from './job-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const maxAgeMs = 5000;
const job = { id: 'j1', queue: 'q', queryValue: 'v', deliveries: 1 };
const record = { job } as JobRecord;

/** Creates a queue over a store in which `state.jobs` jobs can be claimed, and holds polls in it. */
function setUp() {
  const notifications = createNotifications();
  const state = { jobs: 0, claims: 0, renewed: [] as unknown[] };
  const jobs = {
    async claim(_: unknown, { limit }: ClaimRequest) {
      state.claims += 1;
      const claimed = Math.min(limit, state.jobs);
      state.jobs -= claimed;
      return Array.from({ length: claimed }, () => record);
    },
    nextOffer: async () => (state.jobs > 0 ? 0 : undefined),
    async renew(...renewal: unknown[]) {
      state.renewed.push(renewal);
      state.jobs += 1;
    },
  } as unknown as Store['jobs'];
  const jobQueue = createJobQueue({ jobs, notifications }, { now: Date.now, maxAgeMs });
  const responses: string[] = [];
  const hold = (name: string, { waitMs = 20_000, leaseMs = 30_000 } = {}) => {
    const client = new AbortController();
    const poll = { limit: 3, leaseMs, waitMs, signal: client.signal, origin: origin(name) };
    void jobQueue.claim(queueKey('q', 'v'), poll).then((records) => responses.push(`${name}: ${records.length}`));
    return client;
  };
  const origin = (name: string) => ({ callerArn: name, accessKeyId: 'k', requestId: 'r' });
  return { state, notifications, responses, hold, reserve: () => jobQueue.reserve('q#v'), jobQueue };
}

/** Lets claims and reads end. */
const settle = () => vi.advanceTimersByTimeAsync(1);

test('the poll that has waited longest is reserved, each once, with its limit, lease and caller', async () => {
  const { hold, reserve, responses } = setUp();
  expect(reserve()).toBeUndefined();
  for (const name of ['one', 'two']) hold(name);
  await settle();
  const at = Date.now();
  const [one, two] = [reserve(), reserve()];
  expect(one).toMatchObject({ limit: 3, at, leaseUntil: at + 30_000, origin: { callerArn: 'one' } });
  expect(two?.origin?.callerArn).toBe('two');
  expect(reserve()).toBeUndefined();
  two?.settle([record]);
  one?.settle([record, record]);
  await settle();
  expect(responses).toEqual(['two: 1', 'one: 2']);
  expect(vi.getTimerCount()).toBe(0);
});

test('polls for other keys, and polls of partners, are never reserved for it', async () => {
  const { hold, jobQueue } = setUp();
  hold('one');
  await settle();
  expect(jobQueue.reserve('q#w')).toBeUndefined();
  expect(jobQueue.reserve('q')).toBeUndefined();
});

test('a poll that gets nothing keeps its place', async () => {
  const { hold, reserve, responses } = setUp();
  for (const name of ['one', 'two']) hold(name);
  await settle();
  reserve()?.settle([]);
  const again = reserve();
  expect(again?.origin?.callerArn).toBe('one');
  again?.settle([record]);
  await settle();
  expect(responses).toEqual(['one: 1']);
});

test('none is reserved unless the queue is known to be empty', async () => {
  const { hold, reserve, notifications } = setUp();
  // The first one claims for both.
  for (const name of ['one', 'two']) hold(name);
  expect(reserve()).toBeUndefined();
  await settle();
  notifications.wake(['q#v']);
  expect(reserve()).toBeUndefined();
  await settle();
  expect(reserve()).toBeDefined();
});

test('the jobs of a poll are announced if other nodes could learn too late that its lease has ended', async () => {
  const { hold, reserve } = setUp();
  hold('long', { leaseMs: maxAgeMs });
  hold('short', { leaseMs: maxAgeMs - 1 });
  await settle();
  expect([reserve(), reserve()].map((poll) => poll?.isAnnounced)).toEqual([false, true]);
});

test('a poll that was woken while it was reserved claims if it got nothing', async () => {
  const { hold, reserve, notifications, state, responses } = setUp();
  hold('one');
  await settle();
  const one = reserve();
  state.jobs = 1;
  notifications.wake(['q#v']);
  await settle();
  expect(responses).toEqual([]);
  one?.settle([]);
  await settle();
  expect(responses).toEqual(['one: 1']);
});

test('a poll whose time is up while it is reserved gets what it was reserved for, or nothing', async () => {
  const { hold, reserve, responses } = setUp();
  for (const name of ['one', 'two']) hold(name, { waitMs: 1000 });
  await settle();
  const [one, two] = [reserve(), reserve()];
  await vi.advanceTimersByTimeAsync(1000 + tickMs);
  expect(responses).toEqual([]);
  one?.settle([record]);
  two?.settle([]);
  await settle();
  expect(responses).toEqual(['one: 1', 'two: 0']);
  expect(vi.getTimerCount()).toBe(0);
});

test.each(['reserved', 'claiming'])(
  'when a client disconnects while its poll is %s, its job goes to the next',
  async (how) => {
    const { hold, reserve, notifications, state, responses } = setUp();
    const client = hold('gone');
    hold('next');
    await settle();
    if (how === 'reserved') {
      const poll = reserve();
      client.abort();
      poll?.settle([record]);
    } else {
      state.jobs = 1;
      notifications.wake(['q#v']);
      client.abort();
    }
    await settle();
    expect(state.renewed).toEqual([['j1', '3', expect.any(Number)]]);
    expect(responses.sort()).toEqual(['gone: 0', 'next: 1']);
  },
);
