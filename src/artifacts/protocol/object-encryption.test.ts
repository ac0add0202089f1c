import {
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketEncryptionCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'sealed';
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => live.close());

const context = Buffer.from('{"team":"a"}').toString('base64');
const kms = { ServerSideEncryption: 'aws:kms', BucketKeyEnabled: true, SSEKMSEncryptionContext: context } as const;

test('a bucket key is stored with its object, and the write returns the encryption context', async () => {
  const { client } = live;
  const expected = { BucketKeyEnabled: true, SSEKMSEncryptionContext: context };
  expect(await client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a', ...kms }))).toMatchObject(expected);
  expect(await client.send(new CreateMultipartUploadCommand({ Bucket, Key: 'b', ...kms }))).toMatchObject(expected);
  expect(await client.send(new HeadObjectCommand({ Bucket, Key: 'a' }))).toMatchObject({ BucketKeyEnabled: true });
  const CopySource = `${Bucket}/a`;
  const copied = await client.send(new CopyObjectCommand({ Bucket, Key: 'c', CopySource }));
  expect(copied.BucketKeyEnabled).toBeUndefined();
});

test("the bucket's default encryption decides whether its objects have a bucket key", async () => {
  const { client } = live;
  const ApplyServerSideEncryptionByDefault = { SSEAlgorithm: 'aws:kms' as const };
  const Rules = [{ ApplyServerSideEncryptionByDefault, BucketKeyEnabled: true }];
  await client.send(new CreateBucketCommand({ Bucket: 'default' }));
  await client.send(
    new PutBucketEncryptionCommand({ Bucket: 'default', ServerSideEncryptionConfiguration: { Rules } }),
  );
  const put = (Key: string, input = {}) =>
    client.send(new PutObjectCommand({ Bucket: 'default', Key, Body: 'a', ...input }));
  expect((await put('a')).BucketKeyEnabled).toBe(true);
  expect((await put('b', { BucketKeyEnabled: false })).BucketKeyEnabled).toBeUndefined();
  expect((await put('c', { ServerSideEncryption: 'AES256' })).BucketKeyEnabled).toBeUndefined();
});

test.each([
  ['a context that is not a map', { ServerSideEncryption: 'aws:kms', SSEKMSEncryptionContext: 'x' }],
  ['a context without KMS', { SSEKMSEncryptionContext: context }],
  ['a bucket key without KMS', { ServerSideEncryption: 'AES256', BucketKeyEnabled: true }],
] as const)('%s is rejected', async (_what, input) => {
  const write = live.client.send(new PutObjectCommand({ Bucket, Key: 'no', Body: 'a', ...input }));
  await expect(write).rejects.toMatchObject({ name: 'InvalidArgument', $metadata: { httpStatusCode: 400 } });
});

test('a read that names an encryption fails with 400, as on AWS', async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'a', Body: 'a' }));
  const headers = { 'x-amz-server-side-encryption': 'AES256' };
  const answer = await live.send({ path: `/${Bucket}/a`, headers });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('<Code>InvalidArgument</Code>') });
  expect((await live.send({ method: 'HEAD', path: `/${Bucket}/a`, headers })).status).toBe(400);
  await expect(
    live.client.send(
      new GetObjectCommand({ Bucket, Key: 'a', SSECustomerAlgorithm: 'AES256', SSECustomerKey: '0'.repeat(32) }),
    ),
  ).rejects.toMatchObject({ name: 'InvalidRequest' });
});

test('the encodings of an object are returned separated by a comma and a space', async () => {
  await live.client.send(
    new PutObjectCommand({ Bucket, Key: 'e', Body: 'a', ContentEncoding: 'aws-chunked,deflate, gzip' }),
  );
  expect((await live.client.send(new HeadObjectCommand({ Bucket, Key: 'e' }))).ContentEncoding).toBe('deflate, gzip');
});
