import { type CodePipelineClient, GetPipelineStateCommand } from '@aws-sdk/client-codepipeline';
import {
  CreateBucketCommand,
  DeleteBucketPolicyCommand,
  DeleteObjectsCommand,
  GetBucketPolicyCommand,
  GetBucketPolicyStatusCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutBucketPolicyCommand,
  PutObjectCommand,
  PutPublicAccessBlockCommand,
  type S3Client,
} from '@aws-sdk/client-s3';
import { describe, expect, test, vi } from 'vitest';
import { pipelineName, pollOne, startAgain, startStory } from '../../support/pipelines/scenario.ts';
import { createKey } from '../../support/requests/own-api.ts';
import { account, type Keys, serve } from '../../support/servers/server.ts';

const Bucket = 'guarded';
const everything = [`arn:aws:s3:::${Bucket}`, `arn:aws:s3:::${Bucket}/*`];
const insecure = { Bool: { 'aws:SecureTransport': 'false' } };
const user = `arn:aws:iam::${account}:user/reader`;

type Statement = Record<string, unknown>;

function put(s3: S3Client, statements: Statement | Statement[], bucket = Bucket) {
  const Policy = JSON.stringify({ Version: '2012-10-17', Statement: statements });
  return s3.send(new PutBucketPolicyCommand({ Bucket: bucket, Policy }));
}

async function begin() {
  const server = await serve();
  const s3 = server.s3();
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const Key of ['open/a', 'closed/b']) await s3.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  return { server, s3, reader: server.s3(await createKey(server.url, 'reader', ['s3:ListBucket'])) };
}

const get = (s3: S3Client, Key: string, bucket = Bucket) => s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
const denied = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

describe('a bucket policy', () => {
  test('is returned unchanged until it is deleted', async () => {
    const { s3 } = await begin();
    const read = () => s3.send(new GetBucketPolicyCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
    const Policy = JSON.stringify({
      Version: '2012-10-17',
      Statement: [
        { Sid: 'Tls', Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: everything, Condition: insecure },
      ],
    });
    await s3.send(new PutBucketPolicyCommand({ Bucket, Policy }));
    expect((await read()).Policy).toBe(Policy);
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await expect(read()).rejects.toMatchObject({ name: 'NoSuchBucketPolicy' });
  });

  test('that denies requests without TLS applies to the root user too, who may still delete it', async () => {
    const { s3 } = await begin();
    await put(s3, { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: everything, Condition: insecure });
    await expect(get(s3, 'open/a')).rejects.toMatchObject({
      ...denied,
      message: `User: arn:aws:iam::${account}:root is not authorized to perform: s3:GetObject on resource: "arn:aws:s3:::${Bucket}/open/a" with an explicit deny in a resource-based policy`,
    });
    await expect(s3.send(new ListObjectsV2Command({ Bucket }))).rejects.toMatchObject(denied);
    await s3.send(new DeleteBucketPolicyCommand({ Bucket }));
    await get(s3, 'open/a');
  });

  test('grants access to a user it names, but not to one whose account it names', async () => {
    const { s3, reader } = await begin();
    await expect(get(reader, 'open/a')).rejects.toMatchObject(denied);
    const allow = (AWS: string) => ({
      Effect: 'Allow',
      Principal: { AWS },
      Action: 's3:GetObject',
      Resource: `arn:aws:s3:::${Bucket}/open/*`,
    });
    await put(s3, allow(`arn:aws:iam::${account}:root`));
    await expect(get(reader, 'open/a')).rejects.toMatchObject(denied);
    await put(s3, allow(user));
    await get(reader, 'open/a');
    await expect(get(reader, 'closed/b')).rejects.toMatchObject(denied);
    await put(s3, [allow(user), { ...allow(user), Effect: 'Deny', Resource: `arn:aws:s3:::${Bucket}/open/a` }]);
    await expect(get(reader, 'open/a')).rejects.toMatchObject(denied);
    await get(s3, 'open/a');
  });

  test('is evaluated per object of a deletion, by the prefix of a list and the encryption of a write', async () => {
    const { s3 } = await begin();
    const deny = { Effect: 'Deny', Principal: { AWS: '*' } };
    await put(s3, [
      { ...deny, Action: 's3:DeleteObject', Resource: `arn:aws:s3:::${Bucket}/closed/*` },
      {
        ...deny,
        Action: 's3:ListBucket',
        Resource: `arn:aws:s3:::${Bucket}`,
        Condition: { StringLike: { 's3:prefix': 'closed/*' } },
      },
      {
        ...deny,
        Action: 's3:PutObject',
        Resource: `arn:aws:s3:::${Bucket}/*`,
        Condition: { StringNotEquals: { 's3:x-amz-server-side-encryption': 'aws:kms' } },
      },
    ]);
    const Objects = [{ Key: 'open/a' }, { Key: 'closed/b' }];
    const { Deleted, Errors } = await s3.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects } }));
    expect(Deleted).toMatchObject([{ Key: 'open/a' }]);
    expect(Errors).toMatchObject([{ Key: 'closed/b', Code: 'AccessDenied' }]);
    await expect(s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'closed/' }))).rejects.toMatchObject(denied);
    expect((await s3.send(new ListObjectsV2Command({ Bucket, Prefix: 'clo' }))).KeyCount).toBe(1);
    await expect(s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x' }))).rejects.toMatchObject(denied);
    await s3.send(new PutObjectCommand({ Bucket, Key: 'x', Body: 'x', ServerSideEncryption: 'aws:kms' }));
  });

  test('that is public is rejected if the bucket blocks it', async () => {
    const { s3, reader } = await begin();
    const open = { Effect: 'Allow', Principal: '*', Action: 's3:GetObject', Resource: everything[1] };
    await expect(put(s3, open)).rejects.toMatchObject({
      ...denied,
      message: expect.stringContaining('BlockPublicPolicy'),
    });
    const PublicAccessBlockConfiguration = { BlockPublicPolicy: false };
    await s3.send(new PutPublicAccessBlockCommand({ Bucket, PublicAccessBlockConfiguration }));
    await put(s3, open);
    expect((await s3.send(new GetBucketPolicyStatusCommand({ Bucket }))).PolicyStatus?.IsPublic).toBe(true);
    await get(reader, 'open/a');
  });

  test.each<[string, unknown]>([
    ["Policies must be valid JSON and the first byte must be '{'", '[]'],
    ['Missing required field Principal', { Effect: 'Deny', Action: 's3:*', Resource: everything }],
    ['Missing required field Action', { Effect: 'Deny', Principal: '*', Resource: everything }],
    ['Missing required field Resource', { Effect: 'Deny', Principal: '*', Action: 's3:*' }],
    ['Invalid principal in policy', { Effect: 'Deny', Principal: { AWS: 'me' }, Action: 's3:*', Resource: everything }],
    ['Policy has invalid action', { Effect: 'Deny', Principal: '*', Action: 'sqs:*', Resource: everything }],
    [
      'Policy has invalid resource',
      { Effect: 'Deny', Principal: '*', Action: 's3:*', Resource: 'arn:aws:s3:::other/*' },
    ],
    ['Invalid effect: Maybe', { Effect: 'Maybe', Principal: '*', Action: 's3:*', Resource: everything }],
    [
      "the condition key 's3:TlsVersion' is not supported",
      {
        Effect: 'Deny',
        Principal: '*',
        Action: 's3:*',
        Resource: everything,
        Condition: { StringEquals: { 's3:TlsVersion': '1' } },
      },
    ],
    ['NotPrincipal is not supported', { Effect: 'Deny', NotPrincipal: '*', Action: 's3:*', Resource: everything }],
  ])('is rejected as MalformedPolicy: %s', async (message, statement) => {
    const { s3 } = await begin();
    const sent =
      typeof statement === 'string'
        ? s3.send(new PutBucketPolicyCommand({ Bucket, Policy: statement }))
        : put(s3, statement as Statement);
    await expect(sent).rejects.toMatchObject({
      name: 'MalformedPolicy',
      message: expect.stringContaining(message),
      $metadata: { httpStatusCode: 400 },
    });
  });
});

test("job credentials and the server's own actions obey a denial by the artifact bucket", async () => {
  const server = await serve();
  const client: CodePipelineClient = server.codePipeline();
  const s3 = server.s3();
  await startStory(client, s3);
  const job = await pollOne(client);
  const { bucketName = '', objectKey = '' } = job.data.inputArtifacts?.[0]?.location?.s3Location ?? {};
  const worker = server.s3(job.data.artifactCredentials as Keys);
  await get(worker, objectKey, bucketName);
  const deny = { Effect: 'Deny', Principal: { AWS: `arn:aws:iam::${account}:role/pipeline-role` } };
  const Resource = `arn:aws:s3:::${bucketName}/*`;
  await put(s3, [{ ...deny, Action: ['s3:GetObject', 's3:PutObject'], Resource }], bucketName);
  await expect(get(worker, objectKey, bucketName)).rejects.toMatchObject({
    ...denied,
    message: expect.stringContaining('explicit deny in a resource-based policy'),
  });
  await startAgain(client);
  await vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    expect(stageStates?.[0]?.actionStates?.[0]?.latestExecution).toMatchObject({
      status: 'Failed',
      errorDetails: { code: 'PermissionError' },
    });
  });
});
