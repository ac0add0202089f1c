import type { Moment } from '../../../src/model/decision.ts';

/** A clock that moves only when told to, and ids that count: a history told twice is the same to the byte. */
export interface TestClock {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** `at` as a function, the form in which parts of the server take their clock. */
  now(): number;
  pass(ms: number): void;
  /** A new lower-case UUID; the n-th one ends in n. */
  newId(): string;
  moment(): Moment;
}

/** The first instant of 2026; above 2^32, as every instant in milliseconds is. */
export const firstInstant = Date.UTC(2026, 0, 1);

/** A clock that stands at `startAt` (ms). */
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
