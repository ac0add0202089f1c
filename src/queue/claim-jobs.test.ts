import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { Call } from '../api/call.ts';
import type { Dependencies } from '../api/dependencies.ts';
import type { CallEnd } from '../model/call-end.ts';
import { createWakes } from '../store/notifications.ts';
import type { JobRecord, Store } from '../store/store.ts';
import { claimOrWait } from './claim-jobs.ts';
import { tickMs } from './coarse-timers.ts';
import { pollParts } from './job-queue.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const wanted = { queue: 'q', queryValue: 'v' };
const record = { executionId: 'e1' } as JobRecord;

/** A queue that holds `record` from the instant `offerAt` on, and the calls that polls made of it. */
function queueWith(offerAt = Number.POSITIVE_INFINITY, onClaim: (wake: () => void) => void = () => undefined) {
  const wakes = createWakes();
  const state = { offerAt, claims: 0 };
  const store = {
    wakes,
    jobs: {
      async claim({ at }: { at: number }) {
        state.claims += 1;
        const records = at >= state.offerAt ? [record] : [];
        onClaim(() => wakes.wake(['q#v']));
        return records;
      },
      nextOffer: async () => (Number.isFinite(state.offerAt) ? state.offerAt : undefined),
    },
  };
  const gone = new AbortController();
  const settings = { leaseMs: 30_000, maxPollBatchSize: 100 };
  const parts = {
    store: store as unknown as Store,
    now: Date.now,
    ...pollParts(store as unknown as Store, { now: Date.now, maxAgeMs: 1000 }),
    settings,
  } as Dependencies;
  const poll = (waitMs: number) => claimOrWait(wanted, 1, { waitMs, signal: gone.signal as CallEnd } as Call, parts);
  return { state, wakes, gone, poll };
}

describe('a held poll', () => {
  test('that may not wait answers at once (behaviour A.2.6)', async () => {
    const { poll, state } = queueWith(Date.now() + 10);
    expect(await poll(0)).toEqual([]);
    expect(state.claims).toBe(1);
  });

  test('is answered at the very instant a continuation or a lease comes due (decision 3, 4)', async () => {
    const { poll } = queueWith(Date.now() + 137);
    const held = poll(20_000);
    await vi.advanceTimersByTimeAsync(137);
    expect(vi.getTimerCount()).toBe(0);
    expect(await held).toEqual([record]);
  });

  test('is woken by a job that is queued while it looks', async () => {
    const { poll, state } = queueWith(undefined, (wake) => {
      state.offerAt = Date.now();
      wake();
    });
    const held = poll(20_000);
    await vi.advanceTimersByTimeAsync(0);
    expect(await held).toEqual([record]);
  });

  test('looks again by itself, as a wake-up may be lost', async () => {
    const { poll, state } = queueWith();
    const held = poll(20_000);
    await vi.advanceTimersByTimeAsync(10);
    state.offerAt = Date.now();
    await vi.advanceTimersByTimeAsync(1000);
    expect(await held).toEqual([record]);
  });

  test('answers an empty list when its time is over', async () => {
    const { poll } = queueWith();
    const held = poll(2500);
    await vi.advanceTimersByTimeAsync(2500 + tickMs);
    expect(await held).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('whose client has gone claims nothing any more', async () => {
    const { poll, gone, wakes, state } = queueWith();
    const held = poll(20_000);
    await vi.advanceTimersByTimeAsync(10);
    const { claims } = state;
    gone.abort();
    state.offerAt = 0;
    wakes.wake(['q#v']);
    expect(await held).toEqual([]);
    expect(state.claims).toBe(claims);
  });
});
