import { createHash } from 'node:crypto';
import { Readable } from 'node:stream';
import {
  ChecksumAlgorithm,
  CreateBucketCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'things';
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
});
afterAll(() => live.close());

async function read(Key: string): Promise<string | undefined> {
  return (await live.client.send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString();
}

test('an object is returned with all its attributes', async () => {
  const about = {
    ContentType: 'application/zip',
    CacheControl: 'max-age=60',
    ContentDisposition: 'attachment; filename="a.zip"',
    ContentEncoding: 'gzip',
    ContentLanguage: 'de',
    Metadata: { 'codepipeline-artifact-revision-summary': 'first try', x: '' },
    ServerSideEncryption: 'aws:kms' as const,
    SSEKMSKeyId: 'k1',
  };
  const put = await live.client.send(new PutObjectCommand({ Bucket, Key: 'full', Body: 'hello', ...about }));
  const md5 = createHash('md5').update('hello').digest('hex');
  expect(put).toMatchObject({ ETag: `"${md5}"`, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k1' });
  expect(put.VersionId).toBeUndefined();
  const head = await live.client.send(new HeadObjectCommand({ Bucket, Key: 'full' }));
  expect(head).toMatchObject({ ...about, ContentLength: 5, AcceptRanges: 'bytes', ETag: `"${md5}"` });
  expect(head.LastModified?.getTime()).toBeGreaterThan(Date.UTC(2026, 0, 1));
  const got = await live.client.send(new GetObjectCommand({ Bucket, Key: 'full' }));
  expect(got).toMatchObject({ ...about, ContentLength: 5 });
  expect(await got.Body?.transformToString()).toBe('hello');
});

test.each(['AES256', 'aws:kms'] as const)('encryption %s without a key is returned', async (ServerSideEncryption) => {
  const put = await live.client.send(new PutObjectCommand({ Bucket, Key: 'sse', Body: 'x', ServerSideEncryption }));
  expect(put.ServerSideEncryption).toBe(ServerSideEncryption);
});

test.each([
  'a b+c',
  'ü/😀',
  '../../etc/passwd',
  '/leading//double/',
  '.',
  'a%2Fb?c&d#e',
  'quo\'te"<&>',
  'x'.repeat(1024),
])('the key %j has no special meaning', async (Key) => {
  await live.client.send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  expect(await read(Key)).toBe(Key);
});

test('stores a stream sent as unsigned chunks with a trailing checksum, without the framing', async () => {
  const Body = Readable.from(['one ', 'two ', 'three'].map((text) => Buffer.from(text)));
  const put = await live.client.send(new PutObjectCommand({ Bucket, Key: 'stream', Body, ContentLength: 13 }));
  expect(put.ChecksumCRC32).toBeDefined();
  const got = await live.client.send(new GetObjectCommand({ Bucket, Key: 'stream', ChecksumMode: 'ENABLED' }));
  expect(await got.Body?.transformToString()).toBe('one two three');
  expect(got.ContentEncoding).toBeUndefined();
  expect(got.ChecksumCRC32).toBe(put.ChecksumCRC32);
});

test.each([ChecksumAlgorithm.CRC32, ChecksumAlgorithm.CRC32C, ChecksumAlgorithm.SHA1, ChecksumAlgorithm.SHA256])(
  '%s sent by the client is verified, stored and returned on request',
  async (algorithm) => {
    const put = new PutObjectCommand({ Bucket, Key: 'sum', Body: 'hello', ChecksumAlgorithm: algorithm });
    const name = `Checksum${algorithm}` as const;
    const value = (await live.client.send(put))[name];
    expect(value).toBeDefined();
    const asked = await live.client.send(new HeadObjectCommand({ Bucket, Key: 'sum', ChecksumMode: 'ENABLED' }));
    expect(asked).toMatchObject({ [name]: value, ChecksumType: 'FULL_OBJECT' });
    const answer = await live.send({ method: 'HEAD', path: '/things/sum' });
    expect(Object.keys(answer.headers).filter((header) => header.startsWith('x-amz-checksum'))).toEqual([]);
  },
);

test('stores an empty object', async () => {
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'empty', Body: new Uint8Array() }));
  expect(await read('empty')).toBe('');
});

test('conditions decide whether an object is overwritten', async () => {
  const put = (conditions: { IfMatch?: string; IfNoneMatch?: string }, Key = 'guarded') =>
    live.client.send(new PutObjectCommand({ Bucket, Key, Body: 'x', ...conditions }));
  const { ETag } = await put({ IfNoneMatch: '*' });
  await expect(put({ IfNoneMatch: '*' })).rejects.toMatchObject({
    name: 'PreconditionFailed',
    $metadata: { httpStatusCode: 412 },
  });
  await expect(put({ IfMatch: '"other"' })).rejects.toMatchObject({ name: 'PreconditionFailed' });
  await put({ IfMatch: ETag });
  await expect(put({ IfMatch: ETag }, 'absent')).rejects.toMatchObject({ name: 'NoSuchKey' });
});

test('of two concurrent writers with If-None-Match one succeeds', async () => {
  const writes = ['a', 'b', 'c', 'd'].map((Body) =>
    live.client.send(new PutObjectCommand({ Bucket, Key: 'race', Body, IfNoneMatch: '*' })),
  );
  const outcomes = await Promise.allSettled(writes);
  expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
});

test.each([
  [{ 'x-amz-acl': 'public-read' }, 'AccessControlListNotSupported'],
  [{ 'x-amz-grant-read': 'id=1' }, 'AccessControlListNotSupported'],
  [{ 'x-amz-storage-class': 'GLACIER' }, 'InvalidStorageClass'],
  [{ 'x-amz-tagging': 'a=1&a=2' }, 'InvalidTag'],
  [{ 'x-amz-server-side-encryption': 'rot13' }, 'InvalidArgument'],
  [{ 'x-amz-server-side-encryption-customer-algorithm': 'AES256' }, 'NotImplemented'],
  [{ 'x-amz-meta-a': 'x'.repeat(2048) }, 'MetadataTooLarge'],
  [{ 'x-amz-expected-bucket-owner': '999999999999' }, 'AccessDenied'],
])('%j fails with %s', async (headers, code) => {
  const answer = await live.send({ method: 'PUT', path: '/things/refused', headers, body: 'x' });
  expect(answer.text).toContain(`<Code>${code}</Code>`);
  expect((await live.send({ method: 'HEAD', path: '/things/refused' })).status).toBe(404);
});
