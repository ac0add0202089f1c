import { expect, test } from 'vitest';
import { createClockGuard } from './clock-guard.ts';

const hourMs = 60 * 60 * 1000;

test('a clock that is set by a day is not believed until it is right again, and is told of once an hour', () => {
  const told: unknown[] = [];
  let wallMs = 1_000_000;
  let elapsedMs = 0;
  const isSteady = createClockGuard({
    now: () => wallMs,
    elapsed: () => elapsedMs,
    log: { error: (fields: unknown) => void told.push(fields) },
  });
  const pass = (ms: number) => {
    wallMs += ms;
    elapsedMs += ms;
  };
  pass(400 * 24 * hourMs);
  expect(isSteady()).toBe(true);
  wallMs += 23 * hourMs;
  expect(isSteady()).toBe(true);
  wallMs += 366 * 24 * hourMs;
  expect(isSteady()).toBe(false);
  pass(hourMs - 1);
  expect(isSteady()).toBe(false);
  expect(told).toHaveLength(1);
  pass(1);
  expect(isSteady()).toBe(false);
  expect(told).toEqual([{ leapHours: 8807 }, { leapHours: 8807 }]);
  wallMs -= 367 * 24 * hourMs;
  expect(isSteady()).toBe(true);
});
