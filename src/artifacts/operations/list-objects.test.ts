import {
  CreateBucketCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  paginateListObjectsV2,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const Bucket = 'listed';
// Sorted by UTF-8 bytes, unlike JavaScript's strings: U+FF21 comes before the emoji.
const keys = ['a b+c&<d>', 'dir/1', 'dir/2', 'dir/sub/3', 'dir0', 'end', 'ü/ä', '\uff21', '😀'];
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
  await live.client.send(new CreateBucketCommand({ Bucket }));
  await Promise.all(
    keys.map((key) => live.send({ method: 'PUT', path: `/listed/${encodeURIComponent(key)}`, body: key })),
  );
});
afterAll(() => live.close());

test('lists all keys in the order of their bytes, with size and entity tag', async () => {
  const { Contents = [], KeyCount, IsTruncated, Name } = await live.client.send(new ListObjectsV2Command({ Bucket }));
  expect(Contents.map(({ Key }) => Key)).toEqual(keys);
  expect(Contents[5]).toMatchObject({
    Size: 3,
    StorageClass: 'STANDARD',
    ETag: expect.stringMatching(/^"[0-9a-f]{32}"$/),
  });
  expect(Contents[5]?.LastModified).toBeInstanceOf(Date);
  expect({ KeyCount, IsTruncated, Name }).toEqual({ KeyCount: keys.length, IsTruncated: false, Name: Bucket });
});

test.each([1, 2, 4])('pages of %i contain every key once', async (pageSize) => {
  const found: (string | undefined)[] = [];
  for await (const page of paginateListObjectsV2({ client: live.client, pageSize }, { Bucket })) {
    found.push(...(page.Contents ?? []).map(({ Key }) => Key));
  }
  expect(found).toEqual(keys);
});

test('a delimiter folds keys; version 1 also pages over common prefixes', async () => {
  const seen: (string | undefined)[] = [];
  let Marker: string | undefined;
  do {
    const page = await live.client.send(new ListObjectsCommand({ Bucket, Delimiter: '/', MaxKeys: 1, Marker }));
    seen.push(
      ...(page.Contents ?? []).map(({ Key }) => Key),
      ...(page.CommonPrefixes ?? []).map(({ Prefix }) => Prefix),
    );
    Marker = page.IsTruncated ? page.NextMarker : undefined;
  } while (Marker !== undefined);
  expect(seen).toEqual(['a b+c&<d>', 'dir/', 'dir0', 'end', 'ü/', '\uff21', '😀']);
});

test('prefix and delimiter select one folder', async () => {
  const page = await live.client.send(new ListObjectsV2Command({ Bucket, Prefix: 'dir/', Delimiter: '/' }));
  expect(page.Contents?.map(({ Key }) => Key)).toEqual(['dir/1', 'dir/2']);
  expect(page.CommonPrefixes).toEqual([{ Prefix: 'dir/sub/' }]);
  expect(page.KeyCount).toBe(3);
});

test('a list can start after any text and include the owner', async () => {
  const page = await live.client.send(
    new ListObjectsV2Command({ Bucket, StartAfter: 'dir/9', MaxKeys: 1, FetchOwner: true }),
  );
  expect(page.Contents).toMatchObject([{ Key: 'dir/sub/3', Owner: { ID: '111122223333' } }]);
});

test('encoded keys can be decoded by every client', async () => {
  const { text } = await live.send({ path: '/listed?list-type=2&encoding-type=url&prefix=a' });
  expect(text).toContain('<Key>a%20b%2Bc%26%3Cd%3E</Key>');
  const versions = await live.client.send(new ListObjectVersionsCommand({ Bucket, Prefix: 'a', EncodingType: 'url' }));
  expect(versions.Versions?.[0]?.Key).toBe('a%20b%2Bc%26%3Cd%3E');
});

test('a page of zero entries is empty and not truncated', async () => {
  const page = await live.client.send(new ListObjectsV2Command({ Bucket, MaxKeys: 0 }));
  expect(page).toMatchObject({ KeyCount: 0, IsTruncated: false });
});

test.each([
  'list-type=3',
  'max-keys=-1',
  'max-keys=x',
  'list-type=2&continuation-token=%21',
  'encoding-type=zip',
  'versions&version-id-marker=a',
])('?%s is an invalid argument', async (query) => {
  expect(await live.send({ path: `/listed?${query}` })).toMatchObject({
    status: 400,
    text: expect.stringContaining('<Code>InvalidArgument</Code>'),
  });
});

test('versions are folded like objects', async () => {
  const page = await live.client.send(new ListObjectVersionsCommand({ Bucket, Delimiter: '/', Prefix: 'd' }));
  expect(page.CommonPrefixes).toEqual([{ Prefix: 'dir/' }]);
  expect(page.Versions).toMatchObject([{ Key: 'dir0', VersionId: 'null', IsLatest: true }]);
});
