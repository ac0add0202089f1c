import { expect, test } from 'vitest';
import { matchesArn, matchesGlob } from './glob.ts';

test.each([
  ['*', '', true],
  ['*', 'anything:at/all', true],
  ['', '', true],
  ['', 'a', false],
  ['a', '', false],
  ['?', '', false],
  ['?', 'a', true],
  ['?', 'ab', false],
  ['a*c', 'abbbc', true],
  ['a*c', 'ac', true],
  ['a*c', 'acb', false],
  ['a**c', 'abc', true],
  ['*b*b*', 'abab', true],
  ['*b*b*', 'aba', false],
  ['prod-?', 'prod-1', true],
  ['prod-?', 'prod-12', false],
  ['a.c', 'abc', false],
  ['[a-z]', 'b', false],
  ['a', 'A', false],
  // The text is never a pattern.
  ['prod', '*', false],
  ['pro?', 'pro*', true],
  ['a*', '*', false],
  ['line*', 'line\nbreak', true],
])('%s on %j: %s', (pattern, text, expected) => {
  expect(matchesGlob(pattern, text)).toBe(expected);
});

test('a crafted pattern is not slow', () => {
  const startedAt = performance.now();
  expect(matchesGlob(`${'*a'.repeat(1000)}*b`, 'a'.repeat(10_000))).toBe(false);
  expect(performance.now() - startedAt).toBeLessThan(1000);
});

test.each([
  ['arn:aws:iam::111111111111:user/*', 'arn:aws:iam::111111111111:user/ci', true],
  ['arn:aws:iam::*:user/ci', 'arn:aws:iam::111111111111:user/ci', true],
  ['arn:*:ci', 'arn:aws:iam::111111111111:user/ci', false],
  ['*', 'arn:aws:iam::111111111111:user/ci', false],
  ['arn:aws:codepipeline:*:*:webhook:w*', 'arn:aws:codepipeline:eu-west-1:111111111111:webhook:w1', true],
  ['arn:aws:codepipeline:*:1:*', 'arn:aws:codepipeline:eu-west-1:2:1:x', false],
])('ARN pattern %s on %s: %s', (pattern, arn, expected) => {
  expect(matchesArn(pattern, arn)).toBe(expected);
});
