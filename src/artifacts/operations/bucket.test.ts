import { readdir } from 'node:fs/promises';
import {
  CreateBucketCommand,
  DeleteBucketCommand,
  GetBucketAclCommand,
  GetBucketLocationCommand,
  GetBucketPolicyCommand,
  GetBucketVersioningCommand,
  HeadBucketCommand,
  ListBucketsCommand,
  PutBucketCorsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
});
afterAll(() => live.close());

test('a bucket has the region it was created in', async () => {
  const { client } = live;
  await client.send(new CreateBucketCommand({ Bucket: 'home' }));
  expect(await client.send(new HeadBucketCommand({ Bucket: 'home' }))).toMatchObject({ BucketRegion: 'eu-west-1' });
  const location = await client.send(new GetBucketLocationCommand({ Bucket: 'home' }));
  expect(location.LocationConstraint).toBe('eu-west-1');
  const again = client.send(new CreateBucketCommand({ Bucket: 'home' }));
  await expect(again).rejects.toMatchObject({ name: 'BucketAlreadyOwnedByYou', $metadata: { httpStatusCode: 409 } });
});

test('in us-east-1 the location is empty, and a bucket can be created twice', async () => {
  for (let count = 0; count < 2; count += 1) {
    expect(await live.send({ method: 'PUT', path: '/classic', headers: { 'content-length': '0' } })).toMatchObject({
      status: 200,
      headers: { location: '/classic' },
    });
  }
  const { text } = await live.send({ path: '/classic?location' });
  expect(text).toContain('<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');
});

test('lists buckets by name, in pages', async () => {
  const other = await openLiveEndpoint(openEmbeddedStore);
  for (const Bucket of ['bbb', 'aaa', 'ccc']) await other.client.send(new CreateBucketCommand({ Bucket }));
  const first = await other.client.send(new ListBucketsCommand({ MaxBuckets: 2 }));
  expect(first.Buckets?.map(({ Name }) => Name)).toEqual(['aaa', 'bbb']);
  expect(first.Buckets?.[0]?.CreationDate).toBeInstanceOf(Date);
  const { ContinuationToken } = first;
  const second = await other.client.send(new ListBucketsCommand({ MaxBuckets: 2, ContinuationToken }));
  expect(second.Buckets?.map(({ Name }) => Name)).toEqual(['ccc']);
  expect(second.ContinuationToken).toBeUndefined();
  const elsewhere = await other.client.send(new ListBucketsCommand({ BucketRegion: 'us-west-2' }));
  expect(elsewhere.Buckets ?? []).toEqual([]);
  await other.close();
});

test.each(['ab', 'Upper', '-a-b', 'a..b', '127.0.0.1', 'xn--abc', 'abc-s3alias', 'under_score', 'a'.repeat(64)])(
  'rejects the bucket name %s',
  async (name) => {
    const answer = await live.send({ method: 'PUT', path: `/${name}` });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('<Code>InvalidBucketName</Code>') });
  },
);

test('only an empty bucket can be deleted', async () => {
  const { client } = live;
  await client.send(new CreateBucketCommand({ Bucket: 'doomed' }));
  await client.send(new PutObjectCommand({ Bucket: 'doomed', Key: 'k', Body: 'x' }));
  const remove = () => client.send(new DeleteBucketCommand({ Bucket: 'doomed' }));
  await expect(remove()).rejects.toMatchObject({ name: 'BucketNotEmpty', $metadata: { httpStatusCode: 409 } });
  await live.send({ method: 'DELETE', path: '/doomed/k' });
  // An unfinished upload doesn't prevent it and is removed as well.
  const begun = await live.send({ method: 'POST', path: '/doomed/part?uploads' });
  const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(begun.text)?.[1];
  const part = () => live.send({ method: 'PUT', path: `/doomed/part?uploadId=${uploadId}&partNumber=1`, body: 'x' });
  expect((await part()).status).toBe(200);
  await remove();
  const left = await readdir(live.folder, { recursive: true, withFileTypes: true });
  expect(left.filter((entry) => entry.isFile())).toEqual([]);
  await client.send(new CreateBucketCommand({ Bucket: 'doomed' }));
  expect((await part()).text).toContain('NoSuchUpload');
  await remove();
  await expect(remove()).rejects.toMatchObject({ name: 'NoSuchBucket', $metadata: { httpStatusCode: 404 } });
});

test('versioning is absent until it is set for the first time', async () => {
  const { client } = live;
  const Bucket = 'versioned';
  await client.send(new CreateBucketCommand({ Bucket }));
  const status = async () => (await client.send(new GetBucketVersioningCommand({ Bucket }))).Status;
  expect(await status()).toBeUndefined();
  for (const Status of ['Enabled', 'Suspended'] as const) {
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
    expect(await status()).toBe(Status);
  }
  const bad = await live.send({ method: 'PUT', path: '/versioned?versioning', body: '<VersioningConfiguration/>' });
  expect(bad.text).toContain('IllegalVersioningConfigurationException');
});

test('settings that cannot be changed are returned as for a new bucket of S3', async () => {
  const { client } = live;
  const Bucket = 'plain';
  await client.send(new CreateBucketCommand({ Bucket }));
  await expect(client.send(new GetBucketPolicyCommand({ Bucket }))).rejects.toMatchObject({
    name: 'NoSuchBucketPolicy',
  });
  const { Grants } = await client.send(new GetBucketAclCommand({ Bucket }));
  expect(Grants).toMatchObject([{ Permission: 'FULL_CONTROL', Grantee: { Type: 'CanonicalUser' } }]);
  expect((await live.send({ method: 'DELETE', path: '/plain?policy' })).status).toBe(204);
  const CORSConfiguration = { CORSRules: [{ AllowedMethods: ['GET'], AllowedOrigins: ['*'] }] };
  await expect(client.send(new PutBucketCorsCommand({ Bucket, CORSConfiguration }))).rejects.toMatchObject({
    name: 'NotImplemented',
    message: expect.stringContaining('cors'),
    $metadata: { httpStatusCode: 400 },
  });
});

test('a document longer than 256 KiB is rejected', async () => {
  const answer = await live.send({
    method: 'PUT',
    path: '/plain?versioning',
    body: `<VersioningConfiguration>${' '.repeat(256 * 1024)}</VersioningConfiguration>`,
  });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('MaxMessageLengthExceeded') });
});
