import { expect, test } from 'vitest';
import { BodyBudget } from './body-budget.ts';

/** Returns a budget of ten bytes, and the names of the bodies that were given up. */
function setUp() {
  const budget = new BodyBudget(10);
  const givenUp: string[] = [];
  const open = (name: string, { isVerified = false } = {}) => {
    const room = budget.open(isVerified, () => {
      givenUp.push(name);
      room.free();
    });
    return room;
  };
  return { budget, givenUp, open };
}

test('when the budget is exhausted, only the largest body is given up', () => {
  const { budget, givenUp, open } = setUp();
  open('small').take(2);
  open('large').take(7);
  open('next').take(3);
  expect(givenUp).toEqual(['large']);
  expect(budget.heldBytes).toBe(5);
});

test('a verified body is given up after all others', () => {
  const { givenUp, open } = setUp();
  open('verified', { isVerified: true }).take(9);
  open('unverified').take(2);
  expect(givenUp).toEqual(['unverified']);
  open('also verified', { isVerified: true }).take(2);
  expect(givenUp).toEqual(['unverified', 'verified']);
});

test('a complete body counts until it was used, and is never given up', () => {
  const { budget, givenUp, open } = setUp();
  const whole = open('whole');
  whole.take(9);
  whole.keep();
  open('next').take(2);
  expect(givenUp).toEqual(['next']);
  whole.free();
  whole.free();
  expect(budget.heldBytes).toBe(0);
});
