import { expect, test } from 'vitest';
import { bodyDepthLimit, parseBody } from './body.ts';
import { ServiceError } from './errors.ts';

const parse = (bytes: Buffer, maxValues = 1_000_000) => parseBody(bytes, { maxValues });

function refusalOf(bytes: Buffer | string): ServiceError {
  try {
    parse(Buffer.from(bytes as string));
  } catch (error) {
    if (error instanceof ServiceError) return error;
    throw error;
  }
  throw new Error('The body was accepted');
}

test.each([
  ['{}', {}],
  [' {"a": [1, true, null]}\n', { a: [1, true, null] }],
  ['{"name":"Ünï 🎉"}', { name: 'Ünï 🎉' }],
])('%s is an object', (text, expected) => {
  expect(parse(Buffer.from(text))).toEqual(expected);
});

test.each(['', ' ', '{', '{"a":1,}', "{'a':1}", '{} {}', 'null', '"x"', '1', 'true', '[', '\uFEFF{}'])(
  '%j is refused without a text',
  (text) => {
    expect(refusalOf(text)).toMatchObject({ code: 'SerializationException', httpStatus: 400, message: '' });
  },
);

test('a list has an error text of its own', () => {
  expect(refusalOf('[]')).toMatchObject({
    code: 'SerializationException',
    message: 'Start of list found where not expected',
  });
});

test.each([
  ['a stray byte', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d])],
  ['a truncated character', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xe2, 0x82]), Buffer.from('"}')])],
  ['a surrogate in UTF-8', Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xed, 0xa0, 0x80]), Buffer.from('"}')])],
])('%s is not UTF-8 and is refused', (_case, bytes) => {
  expect(() => parse(bytes)).toThrow(expect.objectContaining({ code: 'SerializationException' }));
});

function nested(levels: number): string {
  return `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
}

test('objects can nest up to the limit', () => {
  expect(() => parse(Buffer.from(nested(bodyDepthLimit)))).not.toThrow();
  const refusal = refusalOf(nested(bodyDepthLimit + 1));
  expect(refusal.code).toBe('SerializationException');
  expect(refusal.message).toContain('64 levels');
});

test('a body of brackets is refused before it is parsed', () => {
  expect(refusalOf(`{"a":${'['.repeat(500_000)}`).message).toContain('64 levels');
});

test('brackets in strings and adjacent brackets do not count as depth', () => {
  const text = JSON.stringify({ brackets: '[{"\\'.repeat(100), list: Array.from({ length: 100 }, () => [{}]) });
  expect(parse(Buffer.from(text))).toEqual(JSON.parse(text));
});

test('a member called __proto__ stays a member', () => {
  const body = parse(Buffer.from('{"__proto__":{"isAdmin":true}}')) as object;
  expect(Object.keys(body)).toEqual(['__proto__']);
  expect('isAdmin' in body).toBe(false);
});

test('values are accepted up to the limit', () => {
  const list = (values: number) => Buffer.from(`{"a":[${Array(values).fill('0').join(',')}]}`);
  expect(() => parse(list(9), 10)).not.toThrow();
  expect(() => parse(list(10), 10)).toThrow('The request has more than 10 values');
  expect(() => parse(Buffer.from(`{"a":[${'{},'.repeat(10)}{}]}`), 10)).toThrow('more than 10 values');
});

test('thousands of different member names are refused, repeated ones are not', () => {
  const named = (name: (index: number) => string) =>
    Buffer.from(`[${Array.from({ length: 8000 }, (_, index) => `{"${name(index)}" : 1}`).join(',')}]`);
  expect(() => parse(named((index) => `name${index}`))).toThrow('more than 5000 different member names');
  expect(() => parse(named((index) => `name${index % 1000}`))).toThrow('Start of list');
});
