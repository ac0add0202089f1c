import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { createWakes } from '../store/notifications.ts';
import type { ClaimedQueue, ClaimRequest, JobRecord, Store } from '../store/store.ts';
import { createEmptyQueues } from './empty-queue-cache.ts';
import { createHeldPolls } from './long-polls.ts';
import { tickMs } from './coarse-timers.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const maxAgeMs = 5000;
const lookMs = 3;

/** A store with so many jobs, each look of which takes a while, and polls that are held on it. */
function scene() {
  const wakes = createWakes();
  const state = { jobs: 0, claims: 0, reads: 0, atOnce: 0, mostAtOnce: 0, isBroken: false };
  const pause = () => new Promise((resolve) => setTimeout(resolve, lookMs));
  const store = {
    wakes,
    jobs: {
      async claim({ limit }: ClaimRequest) {
        state.claims += 1;
        state.atOnce += 1;
        state.mostAtOnce = Math.max(state.mostAtOnce, state.atOnce);
        const got = Math.min(limit, state.jobs);
        state.jobs -= got;
        await pause();
        state.atOnce -= 1;
        if (state.isBroken) throw new Error('the disk is full');
        return Array.from({ length: got }, () => ({}) as JobRecord);
      },
      async nextOffer(_: ClaimedQueue) {
        state.reads += 1;
        return state.jobs > 0 ? 0 : undefined;
      },
    },
  } as unknown as Store;
  const emptyQueues = createEmptyQueues(store, { now: Date.now, maxAgeMs });
  const held = createHeldPolls(store, { emptyQueues, now: Date.now });
  const answers: { name: string; jobs: number }[] = [];
  const failures: unknown[] = [];
  const hold = (name: string, { waitMs = 20_000, queryValue = 'v', limit = 1 } = {}) => {
    const gone = new AbortController();
    const poll = { limit, leaseMs: 30_000, origin: {} as never, waitMs, signal: gone.signal };
    held
      .hold({ queue: 'q', queryValue }, poll)
      .then((records) => answers.push({ name, jobs: records.length }))
      .catch((error: unknown) => failures.push(error));
    return gone;
  };
  return {
    state,
    wakes,
    answers,
    failures,
    hold,
    holdMany: (count: number) => Array.from({ length: count }, (_, index) => hold(`poll ${index}`)),
    queueJobs(count: number) {
      state.jobs += count;
      wakes.wake(['q#v']);
    },
    got: () => answers.filter(({ jobs }) => jobs > 0).map(({ name }) => name),
  };
}

describe('polls that are held for one queue', () => {
  test('look a few at a time when they come, and then one for all in each sweep, by a read', async () => {
    const { state, holdMany } = scene();
    holdMany(1000);
    await vi.advanceTimersByTimeAsync(1000);
    expect(state.mostAtOnce).toBeLessThanOrEqual(16);
    expect(state.claims).toBeLessThanOrEqual(16);
    const { claims, reads } = state;
    await vi.advanceTimersByTimeAsync(maxAgeMs * 3);
    expect(state.claims).toBe(claims);
    expect(state.reads - reads).toBeLessThanOrEqual(3);
  });

  test('get one job between them: whoever came first has it, and few have looked', async () => {
    const { state, holdMany, queueJobs, got } = scene();
    holdMany(200);
    await vi.advanceTimersByTimeAsync(100);
    const { claims } = state;
    queueJobs(1);
    await vi.advanceTimersByTimeAsync(100);
    expect(got()).toEqual(['poll 0']);
    expect(state.claims - claims).toBeLessThanOrEqual(2);
  });

  test('get as many jobs as come at once, soon and in their order', async () => {
    const { state, holdMany, queueJobs, got } = scene();
    holdMany(200);
    await vi.advanceTimersByTimeAsync(100);
    const { claims } = state;
    queueJobs(100);
    await vi.advanceTimersByTimeAsync(20 * lookMs);
    expect(got()).toEqual(Array.from({ length: 100 }, (_, index) => `poll ${index}`));
    expect(state.claims - claims).toBeLessThanOrEqual(120);
  });

  test('leave when their time is over or their client goes, and the last of them leaves nothing behind', async () => {
    const { answers, hold, queueJobs, state } = scene();
    hold('short', { waitMs: 500 });
    const gone = hold('gone');
    hold('long');
    await vi.advanceTimersByTimeAsync(500 + tickMs);
    expect(answers).toEqual([{ name: 'short', jobs: 0 }]);
    gone.abort();
    await vi.advanceTimersByTimeAsync(0);
    queueJobs(2);
    await vi.advanceTimersByTimeAsync(100);
    expect(answers.slice(1)).toEqual([
      { name: 'gone', jobs: 0 },
      { name: 'long', jobs: 1 },
    ]);
    expect(state.jobs).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('go on waiting when the look of one of them fails', async () => {
    const { answers, failures, hold, state, queueJobs } = scene();
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
    expect(answers).toEqual([{ name: 'second', jobs: 1 }]);
  });

  test('find a job whose wake was lost, and one that came while wakes could not be heard', async () => {
    const { state, hold, got, wakes } = scene();
    hold('first');
    hold('second');
    await vi.advanceTimersByTimeAsync(100);
    state.jobs = 1;
    await vi.advanceTimersByTimeAsync(maxAgeMs + 100);
    expect(got()).toEqual(['first']);
    state.jobs = 1;
    wakes.wakeAll();
    await vi.advanceTimersByTimeAsync(100);
    expect(got()).toEqual(['first', 'second']);
  });

  test('are not disturbed by the jobs of another query value', async () => {
    const { state, hold, wakes } = scene();
    hold('other', { queryValue: 'w' });
    await vi.advanceTimersByTimeAsync(100);
    const { claims } = state;
    wakes.wake(['q#v', 'log of j1', 'catalogue']);
    await vi.advanceTimersByTimeAsync(100);
    expect(state.claims).toBe(claims);
  });
});
