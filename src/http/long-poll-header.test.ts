import { expect, test } from 'vitest';
import { readWaitMs } from './long-poll-header.ts';

const read = (text?: string | string[]) => readWaitMs({ 'x-millrace-wait-seconds': text });

test.each([
  ['0', 0],
  ['20', 20_000],
  ['0.5', 500],
  [' 3 ', 3000],
])('%j asks to wait %d ms', (text, waitMs) => {
  expect(read(text)).toBe(waitMs);
});

test('a call without the header says nothing, which is not 0', () => {
  expect(read()).toBeUndefined();
});

test.each(['', ' ', '-1', '20.001', '1e9', 'NaN', 'Infinity', '5s', '1, 2', ['1', '2']])('%j is refused', (text) => {
  expect(() => read(text)).toThrow('The header x-millrace-wait-seconds must be a number from 0 to 20.');
});
