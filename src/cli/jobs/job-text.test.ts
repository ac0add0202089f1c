import { expect, test } from 'vitest';
import { ageText } from './job-text.ts';

test.each([
  [-1, '0s'],
  [59.9, '59s'],
  [60, '1m'],
  [3599, '59m'],
  [3600 + 5 * 60, '1h05m'],
  [24 * 3600 - 1, '23h59m'],
  [26 * 3600, '1d02h'],
])('formats %d seconds as %s', (seconds, text) => {
  expect(ageText(seconds)).toBe(text);
});
