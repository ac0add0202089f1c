import { describe, expect, test } from 'vitest';
import { callerOfAccessKey, callerOfJob } from '../caller.ts';
import { authorize, isAllowed, objectArn } from './authorize.ts';

const input = { bucket: 'artifacts', key: 'pipe/Source/abc' };
const output = { bucket: 'artifacts', key: 'pipe/Build/def' };
const job = callerOfJob('ASIAJOB', {
  account: '111111111111',
  region: 'eu-west-1',
  jobId: 'job-1',
  roleName: 'Pipeline',
  read: [input],
  write: [output],
  issuedAt: 0,
  expiresAt: 1,
});
const account = { accessKeyId: 'AKIA', account: '111111111111', name: 'ci' };
const root = callerOfAccessKey({ ...account, isRoot: true });
const user = callerOfAccessKey({ ...account, isRoot: false });

test('root may do everything', () => {
  expect(isAllowed(root, 'codepipeline:CreatePipeline')).toBe(true);
  expect(isAllowed(root, 'millrace:CreateAccessKey')).toBe(true);
  expect(isAllowed(root, 's3:DeleteObject', input)).toBe(true);
});

test('a user’s key without policies allows only GetCallerIdentity', () => {
  expect(isAllowed(user, 'codepipeline:ListPipelines')).toBe(false);
  expect(isAllowed(user, 's3:GetObject', input)).toBe(false);
  expect(isAllowed(user, 'sts:GetCallerIdentity')).toBe(true);
});

describe('a job', () => {
  test.each([
    ['s3:GetObject', input],
    ['s3:GetObjectVersion', input],
  ])('may %s its input, even after it has ended', (action, resource) => {
    for (const isOpen of [true, false, undefined]) expect(isAllowed({ ...job, isOpen }, action, resource)).toBe(true);
  });

  test.each([
    ['s3:PutObject', output],
    ['s3:AbortMultipartUpload', output],
    ['s3:ListMultipartUploadParts', output],
    ['s3:GetObject', output],
    ['s3:GetObjectVersion', output],
  ])('may %s its output only while it is known to be open', (action, resource) => {
    expect(isAllowed({ ...job, isOpen: true }, action, resource)).toBe(true);
    for (const isOpen of [false, undefined]) expect(isAllowed({ ...job, isOpen }, action, resource)).toBe(false);
  });

  test('gets a message that it has ended, for its outputs only', () => {
    const messageFor = (bucket: string) => {
      const resources = [`arn:aws:s3:::${bucket}/${output.key}`];
      const decision = authorize({ ...job, isOpen: false }, { action: 's3:PutObject', resources });
      return decision.isAllowed ? '' : decision.message;
    };
    expect(messageFor(output.bucket)).toMatch(new RegExp(`because the job ${job.jobId} has ended$`));
    expect(messageFor('another')).not.toContain('has ended');
  });

  test('may call GetCallerIdentity', () => {
    expect(isAllowed(job, 'sts:GetCallerIdentity')).toBe(true);
  });

  test.each([
    ['reading the attributes of its output', 's3:GetObjectAttributes', output],
    ['overwriting its input', 's3:PutObject', input],
    ['deleting its input', 's3:DeleteObject', input],
    ['deleting its output', 's3:DeleteObject', output],
    ['the key in another bucket', 's3:GetObject', { ...input, bucket: 'artifacts2' }],
    ['a longer key', 's3:GetObject', { ...input, key: `${input.key}/more` }],
    ['a shorter key', 's3:GetObject', { ...input, key: 'pipe/Source/' }],
    ['a key with a relative path', 's3:GetObject', { ...input, key: 'pipe/Source/../Source/abc' }],
    ['different case', 's3:GetObject', { ...input, key: input.key.toUpperCase() }],
    ['listing the bucket', 's3:ListBucket', { bucket: 'artifacts' }],
    ['reading the bucket as if it were an object', 's3:GetObject', { bucket: 'artifacts' }],
    ['attributes', 's3:GetObjectAttributes', input],
    ['tags', 's3:GetObjectTagging', input],
    ['an access list', 's3:PutObjectAcl', output],
    ['the action in different case', 's3:getobject', input],
    ['an ARN in place of the object', 's3:GetObject', { arn: 'arn:aws:s3:::artifacts/pipe/Source/abc' }],
  ])('may not: %s', (_, action, resource) => {
    expect(isAllowed({ ...job, isOpen: true }, action, resource)).toBe(false);
  });

  test('does not reach an object through a bucket name with a slash', () => {
    const request = { action: 's3:GetObject', resources: [objectArn('artifacts/pipe', 'Source/abc')] };
    expect(authorize(job, request)).toMatchObject({ isAllowed: false });
    expect(authorize(job, { ...request, resources: [objectArn(input.bucket, input.key)] })).toEqual({
      isAllowed: true,
    });
  });

  test.each([
    'codepipeline:PollForJobs',
    'codepipeline:PutJobSuccessResult',
    'sts:AssumeRole',
    'millrace:ListAccessKeys',
    's3:GetObject',
  ])('may not %s', (action) => {
    expect(isAllowed(job, action)).toBe(false);
  });
});

test('a denial has AWS’s message', () => {
  expect(authorize(job, { action: 'codepipeline:PutJobSuccessResult', resources: [] })).toMatchObject({
    message:
      'User: arn:aws:sts::111111111111:assumed-role/Pipeline/job-1 is not authorized to perform: ' +
      'codepipeline:PutJobSuccessResult because no identity-based policy allows the codepipeline:PutJobSuccessResult action',
  });
  const resources = ['arn:aws:codepipeline:us-east-1:111111111111:p'];
  expect(authorize(user, { action: 'codepipeline:CreatePipeline', resources })).toMatchObject({
    message:
      'User: arn:aws:iam::111111111111:user/ci is not authorized to perform: codepipeline:CreatePipeline on resource: ' +
      'arn:aws:codepipeline:us-east-1:111111111111:p because no identity-based policy allows the codepipeline:CreatePipeline action',
  });
});
