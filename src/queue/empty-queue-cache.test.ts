import { describe, expect, test } from 'vitest';
import { partnerKey, queueKey } from '../model/queue-key.ts';
import type { ClaimRequest, JobRecord, JobRows } from '../store/store.ts';
import { createEmptyQueueCache } from './empty-queue-cache.ts';

const maxAgeMs = 5000;
const capacity = 100;
const record = { executionId: 'e1' } as JobRecord;
const key = queueKey('q', 'v');

/** Creates a cache over a store whose one job is offered at `state.offerAt`, and counts the calls of that store. */
function setUp() {
  const clock = { at: 1_000_000 };
  const state: { offerAt?: number; claims: number; reads: number } = { claims: 0, reads: 0 };
  /** Runs in the middle of the next claim or read. */
  let meanwhile: () => void = () => undefined;
  const runMeanwhile = async () => {
    const run = meanwhile;
    meanwhile = () => undefined;
    await Promise.resolve();
    run();
  };
  const jobs = {
    async claim(_: unknown, { at }: ClaimRequest) {
      state.claims += 1;
      const isOffered = state.offerAt !== undefined && state.offerAt <= at;
      if (isOffered) state.offerAt = at + 30_000;
      await runMeanwhile();
      return isOffered ? [record] : [];
    },
    async nextOffer() {
      state.reads += 1;
      const { offerAt } = state;
      await runMeanwhile();
      return offerAt;
    },
  } as unknown as JobRows;
  const cache = createEmptyQueueCache(jobs, { now: () => clock.at, maxAgeMs, capacity });
  return {
    clock,
    state,
    cache,
    duringNextCall: (work: () => void) => {
      meanwhile = work;
    },
    queueJob: () => {
      state.offerAt = clock.at;
      cache.forget('q#v');
    },
    claim: async (claimed = key) => (await cache.claim(claimed, { limit: 1, leaseMs: 30_000 }, clock.at)) ?? [],
  };
}

describe('a queue that was found empty', () => {
  test('causes no more calls of the store, however often it is polled', async () => {
    const { claim, state, clock } = setUp();
    for (let times = 0; times < 100; times += 1) {
      expect(await claim()).toEqual([]);
      clock.at += 40;
    }
    expect(state).toMatchObject({ claims: 1, reads: 1 });
  });

  test('is claimed from as soon as a job is queued', async () => {
    const { claim, queueJob } = setUp();
    await claim();
    queueJob();
    expect(await claim()).toEqual([record]);
  });

  test('is claimed from when the next lease or delay ends, not before', async () => {
    const { claim, state, clock } = setUp();
    state.offerAt = clock.at + 700;
    await claim();
    clock.at += 699;
    expect(await claim()).toEqual([]);
    expect(state.claims).toBe(1);
    clock.at += 1;
    expect(await claim()).toEqual([record]);
  });

  test('is read without a write once the entry is too old, which finds a job whose notification was lost', async () => {
    const { claim, state, clock } = setUp();
    await claim();
    clock.at += maxAgeMs;
    expect(await claim()).toEqual([]);
    expect(state).toMatchObject({ claims: 1, reads: 2 });
    state.offerAt = clock.at;
    clock.at += maxAgeMs - 1;
    expect(await claim()).toEqual([]);
    clock.at += 1;
    expect(await claim()).toEqual([record]);
  });

  test('has separate entries for other query values and for the partner, whose entry any job of the queue ends', async () => {
    const { claim, state, cache } = setUp();
    const partner = partnerKey('r', 'Test/ThirdParty/Mill/1');
    const ofAccount = (account: string) => queueKey(partner.queue, account);
    await claim(ofAccount('1'));
    await claim(ofAccount('2'));
    await claim(partner);
    expect(state.claims).toBe(3);
    cache.forget(ofAccount('1').name);
    await claim(ofAccount('2'));
    expect(state.claims).toBe(3);
    await claim(partner);
    await claim(ofAccount('1'));
    expect(state.claims).toBe(5);
  });

  test('is forgotten when any notification may have been lost, and ignored after the clock is set back', async () => {
    const { claim, state, cache, clock } = setUp();
    await claim();
    cache.forget(undefined);
    await claim();
    expect(state.claims).toBe(2);
    state.offerAt = clock.at - 60_000;
    clock.at -= 30_000;
    expect(await claim()).toEqual([record]);
  });
});

describe('a queue is not known to be empty', () => {
  test('if a job is queued while a claim finds none', async () => {
    const { claim, duringNextCall, queueJob } = setUp();
    duringNextCall(queueJob);
    expect(await claim()).toEqual([]);
    expect(await claim()).toEqual([record]);
  });

  test('if a job is queued while the next offer is read', async () => {
    const { cache, clock, duringNextCall, queueJob, claim } = setUp();
    await claim();
    clock.at += maxAgeMs;
    duringNextCall(queueJob);
    await cache.refresh(key);
    expect(cache.emptyUntil(key)).toBe(Number.NEGATIVE_INFINITY);
    expect(await claim()).toEqual([record]);
  });

  test('if another node has locked a job and may yet release it', async () => {
    const { cache, state, clock } = setUp();
    state.offerAt = clock.at - 1;
    await cache.refresh(key);
    expect(cache.emptyUntil(key)).toBeLessThanOrEqual(clock.at);
  });

  test('if a claim got as many jobs as it asked for', async () => {
    const { claim, state, queueJob } = setUp();
    queueJob();
    await claim();
    await claim();
    expect(state.claims).toBe(2);
  });
});

test('the number of entries is bounded; the oldest is forgotten first', async () => {
  const { claim, state } = setUp();
  await claim();
  for (let value = 0; value < capacity; value += 1) await claim(queueKey('q', `v${value}`));
  const { claims } = state;
  await claim(queueKey('q', `v${capacity - 1}`));
  expect(state.claims).toBe(claims);
  await claim();
  expect(state.claims).toBe(claims + 1);
});
