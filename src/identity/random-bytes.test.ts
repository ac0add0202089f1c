import { expect, test } from 'vitest';
import { drawRandomBytes } from './random-bytes.ts';

test('never returns the same bytes twice, and leaves returned ones unchanged', () => {
  const draws = Array.from({ length: 5000 }, (_, index) => drawRandomBytes(10 + (index % 3)));
  const texts = draws.map((bytes) => bytes.toString('hex'));
  drawRandomBytes(4000);
  expect(new Set(texts).size).toBe(draws.length);
  expect(draws.map((bytes) => bytes.toString('hex'))).toEqual(texts);
  expect(draws.every(({ length }, index) => length === 10 + (index % 3))).toBe(true);
  // Overlapping draws would share their ends.
  expect(new Set(texts.map((text) => text.slice(-12))).size).toBe(draws.length);
});

test('uses every bit', () => {
  const all = Array.from({ length: 200 }, () => drawRandomBytes(12));
  for (let bit = 0; bit < 96; bit += 1) {
    const values = new Set(all.map((bytes) => ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1));
    expect(values.size).toBe(2);
  }
});
