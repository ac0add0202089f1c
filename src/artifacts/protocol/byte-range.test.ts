import { expect, test } from 'vitest';
import { readPartRange, readRange } from './byte-range.ts';

test.each([
  ['bytes=0-0', 10, { first: 0, last: 0 }],
  ['bytes=2-', 10, { first: 2, last: 9 }],
  ['bytes=-3', 10, { first: 7, last: 9 }],
  ['bytes=-30', 10, { first: 0, last: 9 }],
  ['bytes=5-99', 10, { first: 5, last: 9 }],
  [undefined, 10, undefined],
  ['bytes=5-2', 10, undefined],
  ['bytes=-', 10, undefined],
  ['bytes=0-1,3-4', 10, undefined],
  ['lines=0-1', 10, undefined],
])('%s of %i bytes', (header, size, expected) => {
  expect(readRange(header, size)).toEqual(expected);
});

test.each([
  ['bytes=10-', 10],
  ['bytes=10-12', 10],
  ['bytes=-0', 10],
  ['bytes=0-0', 0],
  ['bytes=-5', 0],
])('%s of %i bytes cannot be satisfied', (header, size) => {
  expect(() => readRange(header, size)).toThrow(expect.objectContaining({ code: 'InvalidRange', httpStatus: 416 }));
});

test('parts are counted from 1', () => {
  expect(readPartRange('2', 12, [5, 6, 1])).toEqual({ first: 5, last: 10 });
  expect(readPartRange('1', 12)).toEqual({ first: 0, last: 11 });
  expect(() => readPartRange('0', 12)).toThrow(expect.objectContaining({ code: 'InvalidPartNumber' }));
  expect(() => readPartRange('4', 12, [5, 6, 1])).toThrow(expect.objectContaining({ code: 'InvalidPartNumber' }));
});
