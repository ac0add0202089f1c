import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from './deadlines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Returns deadlines of one second, and the names of those that have passed. */
function setUp() {
  const deadlines = new Deadlines(1000);
  const passed: string[] = [];
  return { deadlines, passed, set: (name: string) => deadlines.set(() => passed.push(name)) };
}

test('each deadline passes exactly when it is due', () => {
  const { passed, set } = setUp();
  set('first');
  vi.advanceTimersByTime(400);
  set('second');
  vi.advanceTimersByTime(599);
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(passed).toEqual(['first']);
  vi.advanceTimersByTime(399);
  expect(passed).toEqual(['first']);
  vi.advanceTimersByTime(1);
  expect(passed).toEqual(['first', 'second']);
});

test('a deadline that is met never passes, and later ones pass in time', () => {
  const { deadlines, passed, set } = setUp();
  const first = set('first');
  vi.advanceTimersByTime(300);
  set('second');
  deadlines.meet(first);
  vi.advanceTimersByTime(999);
  expect(passed).toEqual([]);
  vi.advanceTimersByTime(1);
  expect(passed).toEqual(['second']);
  set('third');
  vi.advanceTimersByTime(1000);
  expect(passed).toEqual(['second', 'third']);
});

test('thousands of deadlines need one timer, and none when all have passed', () => {
  const { passed, set } = setUp();
  for (let count = 0; count < 5000; count += 1) set('one');
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(passed).toHaveLength(5000);
  expect(vi.getTimerCount()).toBe(0);
});
