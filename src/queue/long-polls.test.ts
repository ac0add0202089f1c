import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { queueKey } from '../model/queue-key.ts';
import { createNotifications } from '../store/notifications.ts';
import type { ClaimRequest, JobRecord, Store } from '../store/store.ts';
import { tickMs } from './coarse-timers.ts';
import { createJobQueue } from './job-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const maxAgeMs = 5000;
const claimMs = 3;

/** Creates a queue over a store whose claims take a while and get as many jobs as `state.jobs` says. */
function setUp() {
  const notifications = createNotifications();
  const state = { jobs: 0, claims: 0, reads: 0, inFlight: 0, mostInFlight: 0, isBroken: false };
  const jobs = {
    async claim(_: unknown, { limit }: ClaimRequest) {
      state.claims += 1;
      state.inFlight += 1;
      state.mostInFlight = Math.max(state.mostInFlight, state.inFlight);
      const claimed = Math.min(limit, state.jobs);
      state.jobs -= claimed;
      await new Promise((resolve) => setTimeout(resolve, claimMs));
      state.inFlight -= 1;
      if (state.isBroken) throw new Error('the disk is full');
      return Array.from({ length: claimed }, () => ({}) as JobRecord);
    },
    async nextOffer() {
      state.reads += 1;
      return state.jobs > 0 ? 0 : undefined;
    },
  } as unknown as Store['jobs'];
  const jobQueue = createJobQueue({ jobs, notifications }, { now: Date.now, maxAgeMs });
  const responses: { name: string; jobs: number }[] = [];
  const failures: unknown[] = [];
  const hold = (name: string, { waitMs = 20_000, queryValue = 'v', limit = 1 } = {}) => {
    const client = new AbortController();
    jobQueue
      .claim(queueKey('q', queryValue), { limit, leaseMs: 30_000, waitMs, signal: client.signal })
      .then((records) => responses.push({ name, jobs: records.length }))
      .catch((error: unknown) => failures.push(error));
    return client;
  };
  return {
    state,
    notifications,
    responses,
    failures,
    hold,
    holdMany: (count: number) => Array.from({ length: count }, (_, index) => hold(`poll ${index}`)),
    queueJobs(count: number) {
      state.jobs += count;
      notifications.wake(['q#v']);
    },
    winners: () => responses.filter(({ jobs }) => jobs > 0).map(({ name }) => name),
  };
}

describe('long polls for one queue', () => {
  test('claim a few at a time when they arrive, then share one read per interval', async () => {
    const { state, holdMany } = setUp();
    holdMany(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(state.mostInFlight).toBeLessThanOrEqual(16);
    expect(state.claims).toBeLessThanOrEqual(16);
    const { claims, reads } = state;
    await vi.advanceTimersByTimeAsync(maxAgeMs * 3);
    expect(state.claims).toBe(claims);
    expect(state.reads - reads).toBeLessThanOrEqual(3);
  });

  test('give a single job to the first of them, with few claims', async () => {
    const { state, holdMany, queueJobs, winners } = setUp();
    holdMany(200);
    await vi.advanceTimersByTimeAsync(100);
    const { claims } = state;
    queueJobs(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(winners()).toEqual(['poll 0']);
    expect(state.claims - claims).toBeLessThanOrEqual(2);
  });

  test('get jobs that are queued together quickly and in order of arrival', async () => {
    const { state, holdMany, queueJobs, winners } = setUp();
    holdMany(200);
    await vi.advanceTimersByTimeAsync(100);
    const { claims } = state;
    queueJobs(100);
    await vi.advanceTimersByTimeAsync(20 * claimMs);
    expect(winners()).toEqual(Array.from({ length: 100 }, (_, index) => `poll ${index}`));
    expect(state.claims - claims).toBeLessThanOrEqual(120);
  });

  test('end when their time is up or their client disconnects, and the last one leaves no timer', async () => {
    const { responses, hold, queueJobs, state } = setUp();
    hold('short', { waitMs: 500 });
    const client = hold('disconnected');
    hold('long');
    await vi.advanceTimersByTimeAsync(500 + tickMs);
    expect(responses).toEqual([{ name: 'short', jobs: 0 }]);
    client.abort();
    await vi.advanceTimersByTimeAsync(0);
    queueJobs(2);
    await vi.advanceTimersByTimeAsync(100);
    expect(responses.slice(1)).toEqual([
      { name: 'disconnected', jobs: 0 },
      { name: 'long', jobs: 1 },
    ]);
    expect(state.jobs).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('continue to wait when the claim of one of them fails', async () => {
    const { responses, failures, hold, state, queueJobs } = setUp();
    hold('first');
    hold('second');
    await vi.advanceTimersByTimeAsync(100);
    state.isBroken = true;
    queueJobs(0);
    await vi.advanceTimersByTimeAsync(100);
    expect(failures).toHaveLength(1);
    state.isBroken = false;
    queueJobs(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(responses).toEqual([{ name: 'second', jobs: 1 }]);
  });

  test('find a job whose notification was lost, and one queued while notifications could not be received', async () => {
    const { state, hold, winners, notifications } = setUp();
    hold('first');
    hold('second');
    await vi.advanceTimersByTimeAsync(100);
    state.jobs = 1;
    await vi.advanceTimersByTimeAsync(maxAgeMs + 100);
    expect(winners()).toEqual(['first']);
    state.jobs = 1;
    notifications.wakeAll();
    await vi.advanceTimersByTimeAsync(100);
    expect(winners()).toEqual(['first', 'second']);
  });

  test('are not woken by jobs with another query value', async () => {
    const { state, hold, notifications } = setUp();
    hold('other', { queryValue: 'w' });
    await vi.advanceTimersByTimeAsync(100);
    const { claims } = state;
    notifications.wake(['q#v', 'log of j1', 'catalogue']);
    await vi.advanceTimersByTimeAsync(100);
    expect(state.claims).toBe(claims);
  });
});
