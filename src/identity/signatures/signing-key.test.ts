import { expect, test } from 'vitest';
import { createSigningKeys, deriveSigningKey } from './signing-key.ts';

const secret = 'secret';
const credential = 'AKIA/20260301/eu-west-1/codepipeline/aws4_request';

test('derives the key of the IAM user guide', () => {
  const key = deriveSigningKey('wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY', '20120215/us-east-1/iam/aws4_request');
  expect(key.toString('hex')).toBe('f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d');
});

test('caches a key only after its caller was verified', () => {
  const keys = createSigningKeys(2);
  const key = keys.find(credential, secret);
  expect(keys.find(credential, secret)).not.toBe(key);
  keys.keep(credential, key);
  expect(keys.find(credential, secret)).toBe(key);
});

test('does not use a cached key for another day, region, service, id or secret', () => {
  const keys = createSigningKeys(2);
  const key = keys.find(credential, secret);
  keys.keep(credential, key);
  for (const [from, to] of [
    ['20260301', '20260302'],
    ['eu-west-1', 'eu-west-2'],
    ['codepipeline', 's3'],
    ['AKIA', 'AKIB'],
  ] as const) {
    const other = keys.find(credential.replace(from, to), secret);
    expect(other).not.toBe(key);
    if (from !== 'AKIA') expect(other.key.hex('text')).not.toBe(key.key.hex('text'));
  }
  expect(keys.find(credential, 'changed').key.hex('text')).not.toBe(key.key.hex('text'));
});

test('replaces the key of a changed secret', () => {
  const keys = createSigningKeys(2);
  keys.keep(credential, keys.find(credential, secret));
  const changed = keys.find(credential, 'changed');
  keys.keep(credential, changed);
  expect(keys.find(credential, 'changed')).toBe(changed);
});

test('caches no more than its capacity', () => {
  const keys = createSigningKeys(2);
  const credentials = ['a', 'b', 'c'].map((region) => credential.replace('eu-west-1', region));
  const found = credentials.map((name) => keys.find(name, secret));
  for (const [index, key] of found.entries()) keys.keep(credentials[index] ?? '', key);
  expect(keys.find(credentials[0] ?? '', secret)).not.toBe(found[0]);
  expect(keys.find(credentials[2] ?? '', secret)).toBe(found[2]);
});
