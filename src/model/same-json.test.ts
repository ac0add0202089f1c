import { expect, test } from 'vitest';
import { isSameJson } from './same-json.ts';

test.each<[string, unknown, unknown]>([
  ['members in another order', { a: 1, b: { c: 2, d: 3 } }, { b: { d: 3, c: 2 }, a: 1 }],
  ['absent, empty and null members', { a: 1 }, { a: 1, b: undefined, c: null, d: [], e: {}, f: { g: [] } }],
  ['objects in lists', [{ a: 1, b: 2 }], [{ b: 2, a: 1 }]],
])('%s are equal', (_what, one, other) => {
  expect([isSameJson(one, other), isSameJson(other, one)]).toEqual([true, true]);
});

test.each<[string, unknown, unknown]>([
  ['lists in another order', [1, 2], [2, 1]],
  ['an empty string and none', { a: '' }, {}],
  ['false and none', { a: false }, {}],
  ['a number and a string', { a: 1 }, { a: '1' }],
  ['an item and none', [{}], []],
  ['names of the prototype and none', JSON.parse('{"__proto__":"x"}'), {}],
])('%s differ', (_what, one, other) => {
  expect([isSameJson(one, other), isSameJson(other, one)]).toEqual([false, false]);
});
