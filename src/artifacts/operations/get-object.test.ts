import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'shelf';
const Key = 'digits';
let live: LiveEndpoint;
let etag = '';
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
  etag = (await live.client.send(new PutObjectCommand({ Bucket, Key, Body: '0123456789' }))).ETag ?? '';
});
afterAll(() => live.close());

test.each([
  ['bytes=2-4', '234', 'bytes 2-4/10'],
  ['bytes=8-', '89', 'bytes 8-9/10'],
  ['bytes=-1', '9', 'bytes 9-9/10'],
])('%s returns a part of the object, without the checksum of the whole', async (Range, text, ContentRange) => {
  const got = await live.client.send(new GetObjectCommand({ Bucket, Key, Range, ChecksumMode: 'ENABLED' }));
  expect(got).toMatchObject({ ContentRange, ContentLength: text.length, $metadata: { httpStatusCode: 206 } });
  expect(got.ChecksumCRC32).toBeUndefined();
  expect(await got.Body?.transformToString()).toBe(text);
});

test('the error for a range beyond the end includes the size', async () => {
  const answer = await live.send({ path: '/shelf/digits', headers: { range: 'bytes=10-' } });
  expect(answer).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */10' } });
  expect(answer.text).toContain('<Code>InvalidRange</Code>');
});

test.each<[Record<string, string>, number]>([
  [{ 'if-match': 'ETAG' }, 200],
  [{ 'if-match': '"other", ETAG' }, 200],
  [{ 'if-match': '*' }, 200],
  [{ 'if-match': '"other"' }, 412],
  [{ 'if-none-match': 'ETAG' }, 304],
  [{ 'if-none-match': 'W/ETAG' }, 304],
  [{ 'if-none-match': '"other"' }, 200],
  [{ 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 304],
  [{ 'if-modified-since': 'Fri, 01 Jan 2010 00:00:00 GMT' }, 200],
  [{ 'if-modified-since': 'some day' }, 200],
  [{ 'if-unmodified-since': 'Fri, 01 Jan 2010 00:00:00 GMT' }, 412],
  [{ 'if-unmodified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
  [{ 'if-match': 'ETAG', 'if-unmodified-since': 'Fri, 01 Jan 2010 00:00:00 GMT' }, 200],
  [{ 'if-none-match': '"other"', 'if-modified-since': 'Fri, 01 Jan 2100 00:00:00 GMT' }, 200],
])('%j leads to %i', async (conditions, status) => {
  const headers = Object.fromEntries(
    Object.entries(conditions).map(([name, value]) => [name, value.replace('ETAG', etag)]),
  );
  for (const method of ['GET', 'HEAD']) {
    const answer = await live.send({ method, path: '/shelf/digits', headers });
    expect(answer.status).toBe(status);
    if (status !== 412) expect(answer.headers.etag).toBe(etag);
    if (status === 304 || method === 'HEAD') expect(answer.text).toBe('');
  }
});

test('an object is not modified since the time of its last change', async () => {
  const { headers } = await live.send({ method: 'HEAD', path: '/shelf/digits' });
  const at = headers['last-modified'] ?? '';
  expect((await live.send({ path: '/shelf/digits', headers: { 'if-modified-since': at } })).status).toBe(304);
  expect((await live.send({ path: '/shelf/digits', headers: { 'if-unmodified-since': at } })).status).toBe(200);
});

test('a reader can override headers, but not inject lines', async () => {
  const got = await live.client.send(
    new GetObjectCommand({
      Bucket,
      Key,
      ResponseContentType: 'text/x',
      ResponseContentDisposition: 'inline; filename="ü"',
    }),
  );
  expect(got.ContentType).toBe('text/x');
  for (const value of ['a%0d%0aX-Evil:1', '%F0%9F%98%80']) {
    const answer = await live.send({ path: `/shelf/digits?response-content-type=${value}` });
    expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('InvalidArgument') });
  }
});

test('a missing object is an XML error for GET and a bare status for HEAD', async () => {
  const missing = await live.send({ path: '/shelf/none' });
  expect(missing).toMatchObject({
    status: 404,
    headers: { 'content-type': 'application/xml', 'x-amz-request-id': 'request-1' },
  });
  expect(missing.headers.server).toBeUndefined();
  expect(missing.text).toBe(
    '<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>NoSuchKey</Code>' +
      '<Message>The specified key does not exist.</Message><Key>none</Key>' +
      '<Resource>/shelf/none</Resource><RequestId>request-1</RequestId></Error>',
  );
  expect(await live.send({ method: 'HEAD', path: '/shelf/none' })).toMatchObject({ status: 404, text: '' });
  expect((await live.send({ path: '/nowhere/none' })).text).toContain('<Code>NoSuchBucket</Code>');
  await expect(live.client.send(new HeadObjectCommand({ Bucket, Key: 'none' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
});

test('an object uploaded in one piece has a part 1 and the version null', async () => {
  const part = await live.client.send(new GetObjectCommand({ Bucket, Key, PartNumber: 1 }));
  expect(await part.Body?.transformToString()).toBe('0123456789');
  expect((await live.send({ method: 'HEAD', path: '/shelf/digits?versionId=null' })).status).toBe(200);
  expect((await live.send({ path: '/shelf/digits?versionId=nope' })).text).toContain('NoSuchVersion');
  expect((await live.send({ path: '/shelf/digits?versionId=' })).text).toContain('InvalidArgument');
});

test('a reader still gets the old bytes if the object is overwritten and deleted meanwhile', async () => {
  const old = Buffer.alloc(8 * 1024 * 1024, 'o');
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'moving', Body: old }));
  const { Body } = await live.client.send(new GetObjectCommand({ Bucket, Key: 'moving' }));
  await live.client.send(new PutObjectCommand({ Bucket, Key: 'moving', Body: 'new' }));
  await live.send({ method: 'DELETE', path: '/shelf/moving' });
  const bytes = Buffer.from((await Body?.transformToByteArray()) ?? []);
  expect(bytes.equals(old)).toBe(true);
  expect((await live.send({ path: '/shelf/moving' })).status).toBe(404);
});
