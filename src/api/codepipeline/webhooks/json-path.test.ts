import { describe, expect, test } from 'vitest';
import { JsonPathError, pause, readJsonPath, SearchBudgetError } from './json-path.ts';

function select(path: string, document: unknown, steps = 10_000): unknown[] {
  return [...readJsonPath(path).select(document, { steps })].filter((value) => value !== pause);
}

const push = {
  ref: 'refs/heads/main',
  'head-commit': { id: 'abc' },
  repository: { full_name: 'mill/race', 'a b': 1, "it's": { x: 2 }, größe: 3 },
  commits: [
    { id: 'a', author: 'Ada (L)', size: 3, new: true },
    { id: 'b', author: 'Bob', size: 1 },
  ],
  empty: null,
};

test.each<[string, unknown[]]>([
  ['$', [push]],
  ['$.ref', ['refs/heads/main']],
  ['$.nothing', []],
  ['$.ref.length', []],
  ['$.empty', [null]],
  ['$.head-commit.id', ['abc']],
  ['$.repository.größe', [3]],
  ["$['repository']['a b']", [1]],
  ['$["repository"]["a b"]', [1]],
  ["$.repository['it\\'s'].x", [2]],
  ['$.commits[0].id', ['a']],
  ['$.commits[-1].id', ['b']],
  ['$.commits[7].id', []],
  ['$.commits[1,0].id', ['b', 'a']],
  ['$.commits[:1].id', ['a']],
  ['$.commits[*].id', ['a', 'b']],
  ["$['ref', 'empty']", ['refs/heads/main', null]],
  ["$.commits[?(@.author == 'Ada (L)')].id", ['a']],
  ['$.commits[?@.size > 1 && (@.new || @.old)].id', ['a']],
  ['$.commits[?!@.new].id', ['b']],
  ['$.commits[?@.size != 3].id', ['b']],
])('RFC 9535: %s', (path, selected) => {
  expect(select(path, push)).toEqual(selected);
});

test.each<[string, unknown[]]>([
  ['$..id', ['a', 'abc', 'b']],
  ['$..[0].id', ['a']],
  ['$..author', ['Ada (L)', 'Bob']],
  ['$..[?@.size == 1].id', ['b']],
])('RFC 9535: %s, wherever it lies', (path, selected) => {
  expect(select(path, push).sort()).toEqual(selected);
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
  '$.~',
])('%s is no path', (path) => {
  expect(() => readJsonPath(path)).toThrow(JsonPathError);
});

describe('input that could be made expensive', () => {
  test.each([
    "$.a[?search(@.b, '(a+)+$')]",
    '$.a[?match(@.b, @.c)]',
    '$.a[?length(@.b) > 1]',
    '$.a[?count(@..*) > 1]',
    '$.commits.length()',
    '$.a[?(@.b =~ /(a+)+$/)]',
  ])('%s: functions and regular expressions are refused', (path) => {
    expect(() => readJsonPath(path)).toThrow('without functions');
  });

  test.each(['$.a[?@..b]', '$.a[?@.*]', '$.a[?@.b[?@.c]]', '$.a[?$.b]', '$.a[?@.b == $.c]', '$.a[?@.b == @.c]'])(
    '%s: what searches for each element is refused',
    (path) => {
      expect(() => readJsonPath(path)).toThrow("'[?…]' may only");
    },
  );

  const chain = JSON.parse(`${'[{"a":'.repeat(500)}1${'}]'.repeat(500)}`);
  const wide = Array.from({ length: 5000 }, (_, id) => ({ id }));
  test.each<[string, unknown]>([
    [`$${'..*'.repeat(49)}`, chain],
    [`$${'[*,*]'.repeat(29)}`, chain],
    [`$${'[0,0].a'.repeat(20)}`, chain],
    ['$..id', wide],
    ['$[?@.x == 1]', wide],
    ['$..[?@.x == 1 || @.y == 2]', chain],
    ['$[::1].id', wide],
  ])('%s ends with its budget', (path, document) => {
    expect(() => select(path, document, 4000)).toThrow(SearchBudgetError);
  });

  test('searches share a budget', () => {
    const budget = { steps: 30 };
    const path = readJsonPath('$.commits[*].id');
    expect([...path.select(push, budget)]).toEqual(['a', 'b']);
    expect(() => {
      for (;;) for (const _ of path.select(push, budget));
    }).toThrow(SearchBudgetError);
  });

  test('a document may have any depth', () => {
    let deep: unknown = { id: 'bottom' };
    for (let level = 0; level < 100_000; level += 1) deep = [deep];
    expect(select('$..id', deep, 1_000_000)).toEqual(['bottom']);
  });

  test('members named like those of Object.prototype are ordinary members', () => {
    const document = JSON.parse('{"__proto__":{"a":1},"constructor":2}');
    expect(select('$.__proto__.a', document)).toEqual([1]);
    expect(select('$.constructor', document)).toEqual([2]);
    expect(select('$.toString', document)).toEqual([]);
    expect(select('$.constructor', [])).toEqual([]);
  });
});

test('a long search that finds nothing pauses repeatedly', () => {
  const long = { list: Array.from({ length: 50_000 }, (_, id) => ({ id })) };
  for (const path of ['$.list[?@.id == -1]', '$..none', '$.list[*].none']) {
    const found = [...readJsonPath(path).select(long, { steps: 1_000_000 })];
    expect(new Set(found), path).toEqual(new Set([pause]));
    expect(found.length, path).toBeGreaterThan(8);
  }
});
