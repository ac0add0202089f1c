import { describe, expect, test } from 'vitest';
import { callerOfAccessKey, callerOfJob } from '../caller.ts';
import { authorize, isAllowed, objectArn } from './authorize.ts';
import { parsePolicy } from './policy.ts';

const key = { accessKeyId: 'AKIA', account: '111111111111', name: 'ci', isRoot: false };
const userWith = (...Statement: object[]) => callerOfAccessKey({ ...key, policies: [parsePolicy({ Statement })] });

describe('a user and objects', () => {
  const user = userWith(
    { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::artifacts/web/*' },
    { Effect: 'Allow', Action: 's3:ListBucket', Resource: 'arn:aws:s3:::artifacts' },
    { Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::*/secret*' },
  );
  test.each<[string, string, string | undefined, boolean]>([
    ['s3:GetObject', 'artifacts', 'web/a', true],
    ['s3:PutObject', 'artifacts', 'web/a/b', true],
    ['s3:DeleteObject', 'artifacts', 'web/a', false],
    ['s3:GetObject', 'artifacts', 'app/a', false],
    ['s3:GetObject', 'artifacts', 'web', false],
    ['s3:GetObject', 'artifacts', undefined, false],
    ['s3:GetObject', 'artifacts2', 'web/a', false],
    ['s3:GetObject', 'artifacts', 'web/secret', false],
    ['s3:ListBucket', 'artifacts', undefined, true],
    ['s3:ListBucket', 'artifacts', 'web/a', false],
    ['s3:ListAllMyBuckets', '', undefined, false],
    // A key is literal text, even if it looks like a pattern or a relative path.
    ['s3:GetObject', 'artifacts', '*', false],
    ['s3:GetObject', 'artifacts', 'app/../web/a', false],
    ['s3:GetObject', 'artifacts', 'app\nweb/a', false],
  ])('%s on %s/%s: %s', (action, bucket, objectKey, expected) => {
    const resource = objectKey === undefined ? { bucket } : { bucket, key: objectKey };
    expect(isAllowed(user, action, resource)).toBe(expected);
    expect(authorize(user, { action, resources: [objectArn(bucket, objectKey)] }).isAllowed).toBe(expected);
  });

  test('a denial quotes the object like S3', () => {
    const decision = authorize(user, { action: 's3:GetObject', resources: [objectArn('artifacts', 'web/secret')] });
    expect(decision).toMatchObject({
      message:
        'User: arn:aws:iam::111111111111:user/ci is not authorized to perform: s3:GetObject on resource: ' +
        '"arn:aws:s3:::artifacts/web/secret" with an explicit deny in an identity-based policy',
    });
  });
});

test('every caller may call GetCallerIdentity, even against a policy', () => {
  const user = userWith({ Effect: 'Deny', Action: '*', Resource: '*' });
  expect(authorize(user, { action: 'sts:GetCallerIdentity', resources: [] })).toEqual({ isAllowed: true });
});

test('an explicit denial is the reported reason, wherever it is', () => {
  const user = userWith({ Effect: 'Deny', Action: '*', Resource: 'arn:aws:s3:::b' });
  const decision = authorize(user, { action: 's3:ListBucket', resources: ['arn:aws:s3:::a', 'arn:aws:s3:::b'] });
  expect(decision).toMatchObject({ isExplicit: true, message: expect.stringContaining('"arn:aws:s3:::b" with an') });
});

test('the context cannot override aws:PrincipalArn', () => {
  const boss = 'arn:aws:iam::111111111111:user/boss';
  const user = userWith({
    Effect: 'Allow',
    Action: '*',
    Resource: '*',
    Condition: { ArnEquals: { 'aws:PrincipalArn': boss } },
  });
  const request = { action: 'codepipeline:GetPipeline', resources: [], context: { 'aws:PrincipalArn': boss } };
  expect(authorize(user, request).isAllowed).toBe(false);
});

test('a job gets the same decision by ARN and by name', () => {
  const input = { bucket: 'artifacts', key: 'p/In/a' };
  const statement = { account: key.account, region: 'eu-west-1', jobId: 'j', roleName: 'R', issuedAt: 0, expiresAt: 1 };
  const job = callerOfJob('ASIA', { ...statement, read: [input], write: [] });
  const may = (...resources: string[]) => authorize(job, { action: 's3:GetObject', resources }).isAllowed;
  expect(may('arn:aws:s3:::artifacts/p/In/a')).toBe(true);
  expect(may('arn:aws:s3:::artifacts/p/In/a', 'arn:aws:s3:::artifacts/p/In/b')).toBe(false);
  expect(may('arn:aws:s3:::artifacts')).toBe(false);
  expect(may()).toBe(false);
});
