import { expect, test } from 'vitest';
import { drawRandomBytes } from './random-bytes.ts';

test('never returns the same bytes twice, and leaves returned ones unchanged', () => {
  const draws = Array.from({ length: 5000 }, (_, index) => drawRandomBytes(10 + (index % 3)));
  const texts = draws.map((bytes) => bytes.toString('hex'));
  drawRandomBytes(4000);
  expect(new Set(texts).size).toBe(draws.length);
  expect(draws.map((bytes) => bytes.toString('hex'))).toEqual(texts);
  expect(draws.every(({ length }, index) => length === 10 + (index % 3))).toBe(true);
  // Of draws that overlap by a byte, each would begin with the last byte of the one before.
  const overlaps = draws.filter((bytes, index) => bytes[0] === draws[index - 1]?.at(-1)).length;
  expect(overlaps).toBeLessThan(draws.length / 20);
});

test('uses every bit', () => {
  const all = Array.from({ length: 200 }, () => drawRandomBytes(12));
  for (let bit = 0; bit < 96; bit += 1) {
    const values = new Set(all.map((bytes) => ((bytes[bit >> 3] ?? 0) >> (bit & 7)) & 1));
    expect(values.size).toBe(2);
  }
});
