import { expect, test } from 'vitest';
import { sessionPolicyOf } from './session-policy.ts';

const input = { bucket: 'art', key: 'pipe/App/abc' };
const output = { bucket: 'art', key: 'pipe/Report/def' };

test('allows reading the inputs, writing and reading back the outputs, and nothing else', () => {
  expect(JSON.parse(sessionPolicyOf({ read: [input], write: [output] })).Statement).toEqual([
    {
      Effect: 'Allow',
      Action: ['s3:GetObject', 's3:GetObjectVersion'],
      Resource: ['arn:aws:s3:::art/pipe/App/abc'],
    },
    {
      Effect: 'Allow',
      Action: [
        's3:GetObject',
        's3:GetObjectVersion',
        's3:PutObject',
        's3:AbortMultipartUpload',
        's3:ListMultipartUploadParts',
      ],
      Resource: ['arn:aws:s3:::art/pipe/Report/def'],
    },
  ]);
});

test('an ended job may only read, and one without artifacts may do nothing (decision 12)', () => {
  expect(sessionPolicyOf({ read: [input], write: [] })).not.toContain('PutObject');
  expect(JSON.parse(sessionPolicyOf({ read: [], write: [] })).Statement).toEqual([
    { Effect: 'Deny', Action: ['s3:*'], Resource: ['*'] },
  ]);
});

test('names all objects of a folder by a pattern', () => {
  const folder = { bucket: 'art', key: 'site/', isPrefix: true as const };
  expect(JSON.parse(sessionPolicyOf({ read: [], write: [folder] })).Statement[0].Resource).toEqual([
    'arn:aws:s3:::art/site/*',
  ]);
});

test('throws for what a policy cannot express exactly', () => {
  expect(() => sessionPolicyOf({ read: [{ bucket: 'art', key: 'pipe/*' }], write: [] })).toThrow('pattern');
  const many = Array.from({ length: 30 }, () => ({ bucket: 'a'.repeat(63), key: 'k'.repeat(40) }));
  expect(() => sessionPolicyOf({ read: many, write: [] })).toThrow('2048');
});
