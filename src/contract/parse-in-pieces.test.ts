import { expect, test } from 'vitest';
import { parseInPieces } from './parse-in-pieces.ts';

const long = 'x'.repeat(40_000);

test.each<[string, unknown]>([
  ['a short document', { a: [1, 'ö', null] }],
  ['a long list of numbers', Array.from({ length: 100_000 }, (_, index) => index)],
  [
    'a long object',
    Object.fromEntries(Array.from({ length: 4000 }, (_, index) => [`name "${index}`, { index, long: 'ü'.repeat(30) }])),
  ],
  [
    'long values in each other',
    { a: 1, b: [[long, long, [long, long]], 2, long], 'c"': { d: [long, long], e: {} }, f: [] },
  ],
  ['one long string', `${long}${long}"\\[{,`],
  ['brackets and commas in strings', ['],[{"', long, '\\', { '}': [`,${long}`, long] }, '"']],
])('%s is parsed as by JSON.parse', async (_case, value) => {
  for (const indent of [0, 1]) {
    const text = JSON.stringify(value, null, indent);
    expect(await parseInPieces(Buffer.from(`\n ${text} \t`))).toEqual(value);
  }
});

test('__proto__ is an ordinary member, and the last of two members with the same name wins', async () => {
  const text = `{"__proto__":["${long}","${long}"],"a":1,"b":["${long}","${long}"],"a":2}`;
  const parsed = (await parseInPieces(Buffer.from(text))) as Record<string, unknown>;
  expect(Object.keys(parsed)).toEqual(['__proto__', 'a', 'b']);
  expect([parsed.a, Object.getPrototypeOf(parsed)]).toEqual([2, Object.prototype]);
});

const list = `["${long}","${long}"]`;

test.each([
  `${list}x`,
  `${list}${list}`,
  `[${list},]`,
  `[,${list}]`,
  `[${list},,1]`,
  `[1 ${list}]`,
  `[${list} 1]`,
  `[${list}`,
  `${list}]`,
  `[${list}}`,
  `{"a":${list}]`,
  `{"a":${list},}`,
  `{${list}}`,
  `{"a" ${list}}`,
  `{"a":1 "b":${list}}`,
  `{"a":1,"b":${list},"c"}`,
  `["${long}","${long}]`,
])('invalid JSON is refused: %#', async (text) => {
  expect(() => JSON.parse(text)).toThrow(SyntaxError);
  await expect(parseInPieces(Buffer.from(text))).rejects.toThrow(SyntaxError);
});
