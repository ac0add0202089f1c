import { describe, expect, test } from 'vitest';
import { createWakes } from '../store/notifications.ts';
import type { ClaimedQueue, ClaimRequest, JobRecord, Store } from '../store/store.ts';
import { createEmptyQueues } from './empty-queue-cache.ts';

const maxAgeMs = 5000;
const capacity = 100;
const record = { executionId: 'e1' } as JobRecord;

/** A queue whose one job is offered at `offerAt`, with the calls that were made of its store. */
function scene() {
  const clock = { at: 1_000_000 };
  const wakes = createWakes();
  const state: { offerAt?: number; claims: number; reads: number } = { claims: 0, reads: 0 };
  /** Happens in the middle of the next claim or read. */
  let meanwhile: () => void = () => undefined;
  const happen = async () => {
    const now = meanwhile;
    meanwhile = () => undefined;
    await Promise.resolve();
    now();
  };
  const store = {
    wakes,
    jobs: {
      async claim({ at }: ClaimRequest) {
        state.claims += 1;
        const isOffered = state.offerAt !== undefined && state.offerAt <= at;
        if (isOffered) state.offerAt = at + 30_000;
        await happen();
        return isOffered ? [record] : [];
      },
      async nextOffer(_: ClaimedQueue) {
        state.reads += 1;
        const { offerAt } = state;
        await happen();
        return offerAt;
      },
    },
  } as unknown as Store;
  const queues = createEmptyQueues(store, { now: () => clock.at, maxAgeMs, capacity });
  return {
    clock,
    wakes,
    state,
    queues,
    duringTheNext: (work: () => void) => {
      meanwhile = work;
    },
    queueJob: () => {
      state.offerAt = clock.at;
      wakes.wake(['q#v']);
    },
    claim: (wanted: ClaimedQueue = { queue: 'q', queryValue: 'v' }) =>
      queues.claim({ ...wanted, limit: 1, at: clock.at, leaseUntil: clock.at + 30_000 }),
  };
}

describe('a queue that was found to be empty', () => {
  test('is not looked at again, however often it is asked for', async () => {
    const { claim, state, clock } = scene();
    for (let times = 0; times < 100; times += 1) {
      expect(await claim()).toEqual([]);
      clock.at += 40;
    }
    expect(state).toMatchObject({ claims: 1, reads: 1 });
  });

  test('is looked at as soon as a job is queued', async () => {
    const { claim, queueJob } = scene();
    await claim();
    queueJob();
    expect(await claim()).toEqual([record]);
  });

  test('is looked at when the next lease or delay ends, not before', async () => {
    const { claim, state, clock } = scene();
    state.offerAt = clock.at + 700;
    await claim();
    clock.at += 699;
    expect(await claim()).toEqual([]);
    expect(state.claims).toBe(1);
    clock.at += 1;
    expect(await claim()).toEqual([record]);
  });

  test('is read, not written to, when what is known is too old, and a job whose wake was lost is found', async () => {
    const { claim, state, clock } = scene();
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

  test('is one of many: other query values and the partner of the queue are known by themselves', async () => {
    const { claim, state, wakes } = scene();
    const partner: ClaimedQueue = { queue: 'q', clientsOf: { region: 'r', typeKey: 't' } };
    await claim();
    await claim({ queue: 'q', queryValue: 'w' });
    await claim(partner);
    expect(state.claims).toBe(3);
    wakes.wake(['q#v']);
    await claim({ queue: 'q', queryValue: 'w' });
    expect(state.claims).toBe(3);
    await claim(partner);
    await claim();
    expect(state.claims).toBe(5);
  });

  test('is forgotten with all others when wakes may have been lost, and when the clock is set back', async () => {
    const { claim, state, wakes, clock } = scene();
    await claim();
    wakes.wakeAll();
    await claim();
    expect(state.claims).toBe(2);
    state.offerAt = clock.at - 60_000;
    clock.at -= 30_000;
    expect(await claim()).toEqual([record]);
  });
});

describe('what is not known to be empty', () => {
  test('a job queued while the claim looks past it', async () => {
    const { claim, duringTheNext, queueJob } = scene();
    duringTheNext(queueJob);
    expect(await claim()).toEqual([]);
    expect(await claim()).toEqual([record]);
  });

  test('a job queued between the claim and the read of the next offer, and one during that read', async () => {
    const { queues, clock, duringTheNext, queueJob, claim } = scene();
    await claim();
    clock.at += maxAgeMs;
    duringTheNext(queueJob);
    await queues.look({ queue: 'q', queryValue: 'v' });
    expect(queues.emptyUntil({ queue: 'q', queryValue: 'v' })).toBe(Number.NEGATIVE_INFINITY);
    expect(await claim()).toEqual([record]);
  });

  test('a job that another node has locked and may yet let go', async () => {
    const { queues, state, clock } = scene();
    state.offerAt = clock.at - 1;
    expect(await queues.look({ queue: 'q', queryValue: 'v' })).toBeLessThanOrEqual(clock.at);
  });

  test('a queue of which a claim got what it asked for', async () => {
    const { claim, state, queueJob } = scene();
    queueJob();
    await claim();
    await claim();
    expect(state.claims).toBe(2);
  });
});

test('what is remembered is bounded: a fleet of new query values pushes out the oldest', async () => {
  const { claim, state } = scene();
  await claim();
  for (let value = 0; value < capacity; value += 1) await claim({ queue: 'q', queryValue: `v${value}` });
  const { claims } = state;
  await claim({ queue: 'q', queryValue: `v${capacity - 1}` });
  expect(state.claims).toBe(claims);
  await claim();
  expect(state.claims).toBe(claims + 1);
});
