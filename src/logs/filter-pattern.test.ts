import { expect, test } from 'vitest';
import { FilterPatternError, readFilterPattern } from './filter-pattern.ts';

test.each([
  ['', 'anything', true],
  ['ERROR', 'an ERROR here', true],
  ['ERROR', 'an error here', false],
  ['ERROR disk', 'disk ERROR', true],
  ['ERROR disk', 'ERROR', false],
  ['"no space left"', 'no space left on device', true],
  ['"no space left"', 'no  space left', false],
  ['?ERROR ?WARN', 'WARN 1', true],
  ['?ERROR ?WARN', 'INFO', false],
  ['?ERROR disk', 'disk', true],
  ['ERROR -ignored', 'ERROR ignored', false],
  ['-"not this"', 'that', true],
  ['"say \\"hi\\""', 'they say "hi"', true],
  ['  a   b  ', 'b a', true],
])('pattern %j on %j: %j', (pattern, line, isFound) => {
  expect(readFilterPattern(pattern)(line)).toBe(isFound);
});

test.each(['{ $.a = 1 }', '[ip, user]', '%\\d+%', '"open', 'a "b"c'])('pattern %j is refused', (pattern) => {
  expect(() => readFilterPattern(pattern)).toThrow(FilterPatternError);
});
