import { expect, test } from 'vitest';
import { createGrowingMask } from './growing-mask.ts';
import { nothingHeld } from './secret-mask.ts';

test('masks what was added, beside what was known', () => {
  const { mask, add } = createGrowingMask(['tr0ub4dor']);
  expect(mask.mask('tr0ub4dor c0rrect-horse')).toBe('*** c0rrect-horse');
  add(['c0rrect-horse']);
  expect(mask.mask('tr0ub4dor c0rrect-horse')).toBe('*** ***');
});

test('an empty mask is no longer empty', () => {
  const { mask, add } = createGrowingMask();
  expect(mask.isEmpty).toBe(true);
  add(['tr0ub4dor']);
  expect(mask.isEmpty).toBe(false);
});

test('text that was held back goes on under the new mask', () => {
  const { mask, add } = createGrowingMask(['tr0ub4dor']);
  const first = mask.next(nothingHeld, 'a tr0ub');
  add(['c0rrect-horse']);
  const second = mask.next(first.held, '4dor b c0rrect');
  const third = mask.next(second.held, '-horse');
  expect(first.text + second.text + third.text + mask.end(third.held)).toBe('a *** b ***');
});
