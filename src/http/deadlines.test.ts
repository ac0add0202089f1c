import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Deadlines } from './deadlines.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

/** Deadlines a second ahead, with the names of those that have passed. */
function setUp() {
  const deadlines = new Deadlines(1000);
  const passed: string[] = [];
  return { deadlines, passed, set: (name: string) => deadlines.set(() => passed.push(name)) };
}

test('each passes when its own time is over, not before', () => {
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

test('one that is met never passes, and those behind it do in time', () => {
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

test('thousands at a time need one timer, and none when all have passed', () => {
  const { passed, set } = setUp();
  for (let count = 0; count < 5000; count += 1) set('one');
  expect(vi.getTimerCount()).toBe(1);
  vi.advanceTimersByTime(1000);
  expect(passed).toHaveLength(5000);
  expect(vi.getTimerCount()).toBe(0);
});
