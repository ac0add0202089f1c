import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { hashCanonicalRequest, parseQuery } from './canonical-request.ts';
import type { RequestHeaders } from './signed-request.ts';

function hash(text: string): string {
  return createHash('sha256').update(text, 'utf8').digest('hex');
}

function hashHeaders(headers: RequestHeaders, names: string[]): string {
  const request = { service: 's3', method: 'GET', path: '/', query: '', headers, payloadHash: '' } as const;
  return hashCanonicalRequest(request, [], names, 'X');
}

test('parses a query as signers write it', () => {
  expect(parseQuery('b&a=1=2&&c=%7e%2f+%')).toEqual([
    { name: 'b', value: '' },
    { name: 'a', value: '1%3D2' },
    { name: 'c', value: '~%2F%20%25' },
  ]);
  expect(parseQuery('')).toEqual([]);
  expect(parseQuery('%zz=ü')).toEqual([{ name: '%25zz', value: '%FC' }]);
});

test('folds header values as signers do, leaving non-ASCII bytes unchanged', () => {
  // Node.js decodes each byte of a header as one character: à is C3 A0, and \s would match A0.
  const received = Buffer.from('  voilà \t là  ', 'utf8').toString('latin1');
  expect(hashHeaders({ a: received }, ['a'])).toBe(hash('GET\n/\n\na:voilà là\n\na\nX'));
  expect(hashHeaders({ a: [' 1 ', '2'] }, ['a'])).toBe(hash('GET\n/\n\na:1,2\n\na\nX'));
});

test('prototype members are not headers', () => {
  expect(hashHeaders({}, ['__proto__', 'constructor'])).toBe(
    hash('GET\n/\n\n__proto__:\nconstructor:\n\n__proto__;constructor\nX'),
  );
});
