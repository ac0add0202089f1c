import { expect, test } from 'vitest';
import { globMistake } from './glob-mistake.ts';

test.each([
  'main',
  'src/**',
  '**/*.js',
  'a**b',
  '***',
  '[!a]x',
  '[^a]x',
  '[a-c0-9_]',
  '[-a]',
  '[a-]',
  '[!-a]',
  '[^]',
  '[a\\]]',
  '{a,b}/{c,d}',
  '{a,[bc]}',
  '}',
  ']',
  '@x',
  '+(a)',
  '(a|b)',
  '\\{',
  'a{1..3}',
])('%s is valid', (pattern) => {
  expect(globMistake(pattern)).toBeUndefined();
});

test.each([
  ['{', 'a brace is not closed'],
  ['a{b,c', 'a brace is not closed'],
  ['{a,{b,c}}', 'choices in braces cannot be nested'],
  ['[', 'a bracket is not closed'],
  ['a[bc', 'a bracket is not closed'],
  ['[a/b]', 'a class in brackets cannot hold a slash'],
  ['[]a]', 'a class in brackets is empty'],
  ['[!]', 'a class in brackets is empty'],
  ['[c-a]', 'the range c-a in brackets is descending'],
  ['[--a]', 'a range in brackets has no beginning'],
  ['[^-a]', 'a range in brackets has no beginning'],
  ['[a-c-e]', 'a range in brackets has no beginning'],
  ['a\\', 'nothing follows its last backslash'],
])('%s is invalid: %s', (pattern, mistake) => {
  expect(globMistake(pattern)).toBe(mistake);
});
