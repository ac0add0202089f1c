import { expect, test } from 'vitest';
import { readPayload } from './payload.ts';

const form = 'application/x-www-form-urlencoded';

test.each<[string, string | undefined, unknown]>([
  ['{"ref":"größe"}', 'application/json', { ref: 'größe' }],
  ['{"ref":1}', undefined, { ref: 1 }],
  ['{"ref":1}', 'text/plain;charset=UTF-8', { ref: 1 }],
  ['payload=%7B%22a%22%3A%22b+c%26d%3D%C3%B6%22%7D', form, { a: 'b c&d=ö' }],
  ['x=1&payload=%5B1%5D&payload=%5B2%5D&y', `${form.toUpperCase()}; charset=utf-8`, [1]],
])('%s is parsed as %s', async (body, contentType, payload) => {
  expect(await readPayload(Buffer.from(body), contentType)).toEqual(payload);
});

test.each([
  ['', 'PayloadMissing'],
  ['a=1&mypayload=1', 'PayloadMissing'],
  ['a&b=1&', 'PayloadMissing'],
  ['payload', 'PayloadMissing'],
  ['payload=', 'PayloadNotJson'],
  ['payload=%zz', 'PayloadNotJson'],
  [`payload=${'%5B'.repeat(65)}`, 'PayloadTooDeep'],
])('the form %s is rejected', async (body, code) => {
  await expect(readPayload(Buffer.from(body), form)).rejects.toMatchObject({ code });
});
