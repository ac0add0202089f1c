import { expect, test } from 'vitest';
import { createClockGuard } from './clock-guard.ts';

const hourMs = 60 * 60 * 1000;

test('a clock that jumps by a day is not trusted until it is corrected, and is logged once an hour', () => {
  const logged: unknown[] = [];
  let wallMs = 1_000_000;
  let elapsedMs = 0;
  const isSteady = createClockGuard({
    now: () => wallMs,
    elapsed: () => elapsedMs,
    log: { error: (fields: unknown) => void logged.push(fields) },
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
  expect(logged).toHaveLength(1);
  pass(1);
  expect(isSteady()).toBe(false);
  expect(logged).toEqual([{ leapHours: 8807 }, { leapHours: 8807 }]);
  wallMs -= 367 * 24 * hourMs;
  expect(isSteady()).toBe(true);
});
