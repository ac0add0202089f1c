import { expect, test } from 'vitest';
import { createSigningKeys, deriveSigningKey } from './signing-key.ts';

const credential = { accessKeyId: 'AKIA', secretAccessKey: 'secret' };
const scope = { date: '20260301', region: 'eu-west-1', service: 'codepipeline' };

test('derives the key of the IAM user guide', () => {
  const secret = 'wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY';
  const key = deriveSigningKey(secret, { date: '20120215', region: 'us-east-1', service: 'iam' });
  expect(key.export().toString('hex')).toBe('f4780e2d9f65fa895f9c67b32ce1baf0b0d8a43505a000a1a9e090d414db404d');
});

test('caches a key only after its caller was verified', () => {
  const keys = createSigningKeys(2);
  const key = keys.find(credential, scope);
  expect(keys.find(credential, scope)).not.toBe(key);
  keys.keep(credential, scope, key);
  expect(keys.find(credential, scope)).toBe(key);
});

test('does not use a cached key for another day, region, service, id or secret', () => {
  const keys = createSigningKeys(2);
  const key = keys.find(credential, scope);
  keys.keep(credential, scope, key);
  for (const other of [{ date: '20260302' }, { region: 'eu-west-2' }, { service: 's3' }]) {
    expect(keys.find(credential, { ...scope, ...other })).not.toBe(key);
  }
  expect(keys.find({ ...credential, accessKeyId: 'AKIB' }, scope)).not.toBe(key);
  expect(keys.find({ ...credential, secretAccessKey: 'changed' }, scope)).not.toBe(key);
});

test('caches no more than its capacity', () => {
  const keys = createSigningKeys(2);
  const key = keys.find(credential, scope);
  for (const region of ['a', 'b', 'c']) keys.keep(credential, { ...scope, region }, key);
  expect(keys.find(credential, { ...scope, region: 'a' })).not.toBe(key);
  expect(keys.find(credential, { ...scope, region: 'c' })).toBe(key);
});
