import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { queueKey } from '../model/queue-key.ts';
import { createNotifications } from '../store/notifications.ts';
import type { ClaimRequest, JobRecord, Store } from '../store/store.ts';
import { tickMs } from './coarse-timers.ts';
import { createJobQueue } from './job-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const record = { executionId: 'e1' } as JobRecord;

/** Creates a queue that offers `record` from the instant `offerAt` on, and counts the claims made of its store. */
function setUp(offerAt = Number.POSITIVE_INFINITY, onClaim: (wake: () => void) => void = () => undefined) {
  const notifications = createNotifications();
  const state = { offerAt, claims: 0 };
  const jobs = {
    async claim(_: unknown, { at }: ClaimRequest) {
      state.claims += 1;
      const records = at >= state.offerAt ? [record] : [];
      onClaim(() => notifications.wake(['q#v']));
      return records;
    },
    nextOffer: async () => (Number.isFinite(state.offerAt) ? state.offerAt : undefined),
  } as unknown as Store['jobs'];
  const client = new AbortController();
  const jobQueue = createJobQueue({ jobs, notifications }, { now: Date.now, maxAgeMs: 1000 });
  const poll = (waitMs: number) =>
    jobQueue.claim(queueKey('q', 'v'), { limit: 1, leaseMs: 30_000, waitMs, signal: client.signal });
  return { state, notifications, client, poll };
}

describe('a long poll', () => {
  test('returns at once if it may not wait (behaviour A.2.6)', async () => {
    const { poll, state } = setUp(Date.now() + 10);
    expect(await poll(0)).toEqual([]);
    expect(state.claims).toBe(1);
  });

  test('gets a job the moment its continuation is due or its lease ends (decision 3, 4)', async () => {
    const { poll } = setUp(Date.now() + 137);
    const polling = poll(20_000);
    await vi.advanceTimersByTimeAsync(137);
    expect(vi.getTimerCount()).toBe(0);
    expect(await polling).toEqual([record]);
  });

  test('gets a job that is queued while its claim is in flight', async () => {
    const { poll, state } = setUp(undefined, (wake) => {
      state.offerAt = Date.now();
      wake();
    });
    const polling = poll(20_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(await polling).toEqual([record]);
  });

  test('gets a job whose notification was lost', async () => {
    const { poll, state } = setUp();
    const polling = poll(20_000);
    await vi.advanceTimersByTimeAsync(10);
    state.offerAt = Date.now();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await polling).toEqual([record]);
  });

  test('returns no jobs when its time is up', async () => {
    const { poll } = setUp();
    const polling = poll(2500);
    await vi.advanceTimersByTimeAsync(2500 + tickMs);
    expect(await polling).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('claims nothing once its client has disconnected', async () => {
    const { poll, client, notifications, state } = setUp();
    const polling = poll(20_000);
    await vi.advanceTimersByTimeAsync(10);
    const { claims } = state;
    client.abort();
    state.offerAt = 0;
    notifications.wake(['q#v']);
    expect(await polling).toEqual([]);
    expect(state.claims).toBe(claims);
  });
});
