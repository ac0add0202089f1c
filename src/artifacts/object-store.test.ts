import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type BareEndpoint, openBareEndpoint, testAccount } from '../../test/support/servers/bare-endpoint.ts';
import { openEmbeddedStore } from '../store/open.ts';

let live: BareEndpoint;
const at = { account: testAccount, bucket: 'inside' };
beforeAll(async () => {
  live = await openBareEndpoint(openEmbeddedStore);
  await live.endpoint.objects.createBucket({ ...at, region: 'eu-west-1' });
});
afterAll(() => live.close());

test('objects written in process are read over HTTP and vice versa', async () => {
  const { objects } = live.endpoint;
  const put = await objects.putObject({
    ...at,
    key: 'out.zip',
    body: Readable.from(['one ', 'two']),
    sizeBytes: 7,
    contentType: 'application/zip',
    cacheControl: 'no-cache',
    metadata: { Summary: 'done' },
    serverSideEncryption: 'aws:kms',
    kmsKeyId: 'k1',
  });
  const answer = await live.send({ path: '/inside/out.zip' });
  expect(answer).toMatchObject({
    text: 'one two',
    headers: {
      etag: `"${put.etag}"`,
      'content-type': 'application/zip',
      'cache-control': 'no-cache',
      'x-amz-meta-summary': 'done',
      'x-amz-server-side-encryption-aws-kms-key-id': 'k1',
    },
  });
  await live.send({ method: 'PUT', path: '/inside/in.txt', body: 'hello', headers: { 'x-amz-meta-a': '1' } });
  const got = await objects.getObject({ ...at, key: 'in.txt' });
  expect(got).toMatchObject({
    sizeBytes: 5,
    metadata: { a: '1' },
    contentType: 'binary/octet-stream',
    versionId: undefined,
  });
  expect(got && (await text(got.body))).toBe('hello');
});

test('objects have version ids', async () => {
  const { objects } = live.endpoint;
  const where = { account: testAccount, bucket: 'inside-versions' };
  await objects.createBucket({ ...where, region: 'us-east-1' });
  await live.index.setVersioning(where, 'Enabled');
  expect(await objects.headBucket(where)).toEqual({ region: 'us-east-1', versioning: 'Enabled' });
  const { versionId } = await objects.putObject({ ...where, key: 'k', body: Readable.from(['old']) });
  await objects.putObject({ ...where, key: 'k', body: Readable.from(['newer']) });
  expect(await objects.headObject({ ...where, key: 'k', versionId })).toMatchObject({ sizeBytes: 3, versionId });
  expect(await objects.headObject({ ...where, key: 'k' })).toMatchObject({ sizeBytes: 5 });
});

test('returns undefined for missing objects, and for the buckets of another account', async () => {
  const { objects } = live.endpoint;
  expect(await objects.headObject({ ...at, key: 'none' })).toBeUndefined();
  expect(await objects.getObject({ ...at, key: 'in.txt', versionId: 'none' })).toBeUndefined();
  expect(await objects.getObject({ ...at, bucket: 'none', key: 'k' })).toBeUndefined();
  expect(await objects.headBucket({ ...at, account: '999999999999' })).toBeUndefined();
});

test.each([
  ['a missing bucket', { bucket: 'none' }, 'NoSuchBucket'],
  ['a wrong length', { sizeBytes: 2 }, 'IncompleteBody'],
  ['a public ACL', { cannedAcl: 'public-read' }, 'AccessControlListNotSupported'],
  ['a line break in metadata', { metadata: { a: '1\r\nx: 2' } }, 'InvalidArgument'],
])('%s is rejected with the name of the error', async (_what, changes, name) => {
  const put = live.endpoint.objects.putObject({ ...at, key: 'no', body: Readable.from(['x']), ...changes });
  await expect(put).rejects.toMatchObject({ name });
  expect(await live.endpoint.objects.headObject({ ...at, key: 'no' })).toBeUndefined();
});

test('a body that ends in an error stores nothing', async () => {
  const body = Readable.from(
    (async function* () {
      yield Buffer.from('half');
      throw new Error('broken archive');
    })(),
  );
  await expect(live.endpoint.objects.putObject({ ...at, key: 'half', body })).rejects.toThrow('broken archive');
  expect(await live.endpoint.objects.headObject({ ...at, key: 'half' })).toBeUndefined();
});
