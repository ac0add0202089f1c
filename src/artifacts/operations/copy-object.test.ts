import {
  CopyObjectCommand,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  for (const Bucket of ['from', 'into']) await live.client.send(new CreateBucketCommand({ Bucket }));
  const VersioningConfiguration = { Status: 'Enabled' as const };
  await live.client.send(new PutBucketVersioningCommand({ Bucket: 'from', VersioningConfiguration }));
});
afterAll(() => live.close());

const source = { Bucket: 'from', Key: 'a b+ü', ContentType: 'text/x', Metadata: { a: '1' } };
const CopySource = `from/${encodeURIComponent(source.Key)}`;

test('a copy has the bytes, metadata and checksum of its source, and the requested encryption', async () => {
  const put = await live.client.send(
    new PutObjectCommand({ ...source, Body: 'hello', ServerSideEncryption: 'aws:kms', ChecksumAlgorithm: 'SHA256' }),
  );
  const copy = await live.client.send(
    new CopyObjectCommand({ Bucket: 'into', Key: 'copy', CopySource, ServerSideEncryption: 'AES256' }),
  );
  expect(copy).toMatchObject({ CopySourceVersionId: put.VersionId, ServerSideEncryption: 'AES256' });
  expect(copy.CopyObjectResult).toMatchObject({ ETag: put.ETag, ChecksumSHA256: put.ChecksumSHA256 });
  const got = await live.client.send(new GetObjectCommand({ Bucket: 'into', Key: 'copy', ChecksumMode: 'ENABLED' }));
  expect(got).toMatchObject({ ContentType: 'text/x', Metadata: { a: '1' }, ChecksumSHA256: put.ChecksumSHA256 });
  expect(await got.Body?.transformToString()).toBe('hello');
});

test('an old version can be copied with new metadata', async () => {
  const { VersionId } = await live.client.send(new PutObjectCommand({ ...source, Body: 'old' }));
  await live.client.send(new PutObjectCommand({ ...source, Body: 'new' }));
  const copy = {
    Bucket: 'into',
    Key: 'old',
    CopySource: `${CopySource}?versionId=${VersionId}`,
    MetadataDirective: 'REPLACE' as const,
    Metadata: { b: '2' },
  };
  expect((await live.client.send(new CopyObjectCommand(copy))).CopySourceVersionId).toBe(VersionId);
  const got = await live.client.send(new GetObjectCommand({ Bucket: 'into', Key: 'old' }));
  expect(got.Metadata).toEqual({ b: '2' });
  expect(await got.Body?.transformToString()).toBe('old');
});

test('an object can be copied onto itself only to change something', async () => {
  await live.client.send(new PutObjectCommand({ Bucket: 'into', Key: 'self', Body: 'x' }));
  const copy = { Bucket: 'into', Key: 'self', CopySource: 'into/self' };
  await expect(live.client.send(new CopyObjectCommand(copy))).rejects.toMatchObject({ name: 'InvalidRequest' });
  await live.client.send(new CopyObjectCommand({ ...copy, MetadataDirective: 'REPLACE', Metadata: { c: '3' } }));
  const head = await live.client.send(new HeadObjectCommand({ Bucket: 'into', Key: 'self' }));
  expect(head).toMatchObject({ Metadata: { c: '3' }, ContentLength: 1 });
});

test.each([
  [{ CopySource: 'from/none' }, 'NoSuchKey'],
  [{ CopySource: 'nowhere/none' }, 'NoSuchBucket'],
  [{ CopySource: 'nothing' }, 'InvalidArgument'],
  [{ CopySourceIfMatch: '"other"' }, 'PreconditionFailed'],
  [{ CopySourceIfModifiedSince: new Date(Date.UTC(2100, 0)) }, 'PreconditionFailed'],
  [{ Bucket: 'nowhere' }, 'NoSuchBucket'],
])('%j fails with %s', async (changes, name) => {
  const command = new CopyObjectCommand({ Bucket: 'into', Key: 'no', CopySource, ...changes });
  await expect(live.client.send(command)).rejects.toMatchObject({ name });
});

test('reading the source needs its own permission', async () => {
  live.overrides.isAllowed = (action) => action !== 's3:GetObject';
  const command = new CopyObjectCommand({ Bucket: 'into', Key: 'no', CopySource });
  await expect(live.client.send(command)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: `no s3:GetObject on from/${source.Key}`,
  });
  delete live.overrides.isAllowed;
});
