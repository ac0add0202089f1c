import type { Moment } from '../../../src/model/decision.ts';

/** A clock that only moves when it is set, and sequential ids: a repeated history is identical to the byte. */
export interface TestClock {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Returns `at`, for components that take their clock as a function. */
  now(): number;
  pass(ms: number): void;
  /** Returns a new lower-case UUID; the n-th one ends in n. */
  newId(): string;
  moment(): Moment;
}

/** The first instant of 2026: larger than 2^32, like every real instant in ms. */
export const firstInstant = Date.UTC(2026, 0, 1);

/** Creates a clock that shows `startAt` (ms). */
export function createTestClock(startAt = firstInstant): TestClock {
  let at = startAt;
  let ids = 0;
  let suffixes = 0;
  const newId = () => {
    ids += 1;
    return `00000000-0000-4000-8000-${String(ids).padStart(12, '0')}`;
  };
  const newKeySuffix = () => {
    suffixes += 1;
    return `k${suffixes.toString(36).padStart(6, '0')}`;
  };
  return {
    get at() {
      return at;
    },
    now: () => at,
    pass(ms) {
      at += ms;
    },
    newId,
    moment: () => ({ at, newId, newKeySuffix }),
  };
}

/** A minute, an hour and a day in ms. */
export const minuteMs = 60_000;
export const hourMs = 60 * minuteMs;
export const dayMs = 24 * hourMs;
