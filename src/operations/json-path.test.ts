import { expect, test } from 'vitest';
import { isJsonPath } from './json-path.ts';

test.each([
  '$',
  '$.ref',
  '$..ref',
  '$.repository.full_name',
  '$.*',
  '$..*',
  '$..[0]',
  "$['ref']",
  '$["a b"]',
  "$['it\\'s'].x",
  "$['a', 'b']",
  '$.commits[0].message',
  '$.commits[-1]',
  '$.commits[0,2]',
  '$.commits[1:3]',
  '$.commits[:2]',
  '$.commits[*].id',
  "$.commits[?(@.author == 'Ada (L)')].id",
  '$.commits[?(@.size > 1 && (@.new || @.old))]',
  '$.commits.length()',
  '$.head-commit',
  '$.größe',
])('%s is a path', (path) => {
  expect(isJsonPath(path)).toBe(true);
});

test.each([
  '',
  'ref',
  '.ref',
  '$ref',
  '$.',
  '$..',
  '$...ref',
  '$.a..',
  '$.a b',
  '$.a[',
  '$.a[]',
  "$['a",
  "$['a'",
  '$.a]',
  '$[x]',
  '$.a[?()]',
  '$.a[?(@.b == 1]',
  "$.a[?(@.b == ')]",
  '$.a[?(@.b)',
  '$.$',
])('%s is none', (path) => {
  expect(isJsonPath(path)).toBe(false);
});
