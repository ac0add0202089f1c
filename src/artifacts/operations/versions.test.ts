import {
  CreateBucketCommand,
  DeleteObjectCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  type ListObjectVersionsCommandOutput,
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

async function makeBucket(Bucket: string): Promise<void> {
  await live.client.send(new CreateBucketCommand({ Bucket }));
}

async function setVersioning(Bucket: string, Status: 'Enabled' | 'Suspended'): Promise<void> {
  await live.client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status } }));
}

async function put(Bucket: string, Key: string, Body: string): Promise<string | undefined> {
  return (await live.client.send(new PutObjectCommand({ Bucket, Key, Body }))).VersionId;
}

async function read(Bucket: string, Key: string, VersionId?: string): Promise<string | undefined> {
  const got = await live.client.send(new GetObjectCommand({ Bucket, Key, VersionId }));
  return got.Body?.transformToString();
}

/** Lists the versions of a bucket as `key:version or marker`, newest first; `*` marks the latest. */
async function listed(Bucket: string): Promise<string[]> {
  const { Versions = [], DeleteMarkers = [] } = await live.client.send(new ListObjectVersionsCommand({ Bucket }));
  return [
    ...Versions.map(({ Key, VersionId, IsLatest }) => `${Key}:${VersionId}${IsLatest ? '*' : ''}`),
    ...DeleteMarkers.map(({ Key, VersionId, IsLatest }) => `${Key}-${VersionId}${IsLatest ? '*' : ''}`),
  ];
}

test('versions stay readable; a deletion adds a marker, which can be deleted', async () => {
  const bucket = 'history';
  await makeBucket(bucket);
  expect(await put(bucket, 'k', 'before')).toBeUndefined();
  await setVersioning(bucket, 'Enabled');
  const one = await put(bucket, 'k', 'one');
  const two = await put(bucket, 'k', 'two');
  expect(await listed(bucket)).toEqual([`k:${two}*`, `k:${one}`, 'k:null']);
  expect([await read(bucket, 'k'), await read(bucket, 'k', one), await read(bucket, 'k', 'null')]).toEqual([
    'two',
    'one',
    'before',
  ]);

  const deleted = await live.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(deleted.DeleteMarker).toBe(true);
  const marker = deleted.VersionId;
  const hidden = await live.send({ path: '/history/k' });
  expect(hidden).toMatchObject({
    status: 404,
    headers: { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker },
  });
  expect((await live.send({ path: `/history/k?versionId=${marker}` })).status).toBe(405);
  expect((await live.client.send(new ListObjectsV2Command({ Bucket: bucket }))).KeyCount).toBe(0);
  expect(await listed(bucket)).toEqual([`k:${two}`, `k:${one}`, 'k:null', `k-${marker}*`]);

  const undone = await live.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k', VersionId: marker }));
  expect(undone).toMatchObject({ DeleteMarker: true, VersionId: marker });
  expect(await read(bucket, 'k')).toBe('two');
  await live.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k', VersionId: two }));
  expect(await read(bucket, 'k')).toBe('one');
  const head = await live.client.send(new HeadObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(head.VersionId).toBe(one);
});

test('while versioning is suspended only the version null is overwritten', async () => {
  const bucket = 'paused';
  await makeBucket(bucket);
  await setVersioning(bucket, 'Enabled');
  const kept = await put(bucket, 'k', 'kept');
  await setVersioning(bucket, 'Suspended');
  expect(await put(bucket, 'k', 'first')).toBe('null');
  expect(await put(bucket, 'k', 'second')).toBe('null');
  expect(await listed(bucket)).toEqual(['k:null*', `k:${kept}`]);
  const deleted = await live.client.send(new DeleteObjectCommand({ Bucket: bucket, Key: 'k' }));
  expect(deleted).toMatchObject({ DeleteMarker: true, VersionId: 'null' });
  expect(await listed(bucket)).toEqual([`k:${kept}`, 'k-null*']);
});

test('deleting a missing object succeeds, and without versioning leaves nothing', async () => {
  await makeBucket('bare');
  await put('bare', 'k', 'x');
  for (const path of ['/bare/k', '/bare/k', '/bare/never?versionId=abc']) {
    expect((await live.send({ method: 'DELETE', path })).status).toBe(204);
  }
  expect(await listed('bare')).toEqual([]);
});

test('a deletion can be conditional on an entity tag', async () => {
  await makeBucket('tied');
  await put('tied', 'k', 'x');
  const wrong = await live.send({ method: 'DELETE', path: '/tied/k', headers: { 'if-match': '"other"' } });
  expect(wrong.status).toBe(412);
  const { headers } = await live.send({ method: 'HEAD', path: '/tied/k' });
  const right = await live.send({ method: 'DELETE', path: '/tied/k', headers: { 'if-match': headers.etag ?? '' } });
  expect(right.status).toBe(204);
});

test('deletes many objects in one call, each with its own result', async () => {
  const bucket = 'many';
  await makeBucket(bucket);
  await setVersioning(bucket, 'Enabled');
  const version = await put(bucket, 'a & b', 'x');
  await put(bucket, 'c', 'x');
  const Objects = [{ Key: 'a & b', VersionId: version }, { Key: 'c' }, { Key: 'none' }];
  const { Deleted, Errors } = await live.client.send(new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects } }));
  expect(Errors).toBeUndefined();
  expect(Deleted).toEqual([
    { Key: 'a & b', VersionId: version },
    { Key: 'c', DeleteMarker: true, DeleteMarkerVersionId: expect.stringMatching(/^[0-9a-f]{32}$/) },
    { Key: 'none', DeleteMarker: true, DeleteMarkerVersionId: expect.anything() },
  ]);
  const quiet = await live.client.send(
    new DeleteObjectsCommand({ Bucket: bucket, Delete: { Objects: [{ Key: 'c' }], Quiet: true } }),
  );
  expect(quiet.Deleted).toBeUndefined();
});

test('listing versions while deleting them misses none', async () => {
  const bucket = 'purge';
  await makeBucket(bucket);
  await setVersioning(bucket, 'Enabled');
  for (const key of ['a', 'b']) for (let count = 0; count < 5; count += 1) await put(bucket, key, String(count));
  const seen = new Set<string>();
  let marker: { KeyMarker?: string; VersionIdMarker?: string } | undefined = {};
  while (marker) {
    const command = new ListObjectVersionsCommand({ Bucket: bucket, MaxKeys: 2, ...marker });
    const page: ListObjectVersionsCommandOutput = await live.client.send(command);
    expect(page.Versions?.length).toBeLessThanOrEqual(2);
    for (const { Key, VersionId } of page.Versions ?? []) {
      seen.add(`${Key}:${VersionId}`);
      await live.client.send(new DeleteObjectCommand({ Bucket: bucket, Key, VersionId }));
    }
    const { NextKeyMarker: KeyMarker, NextVersionIdMarker: VersionIdMarker } = page;
    marker = page.IsTruncated ? { KeyMarker, VersionIdMarker } : undefined;
  }
  expect(seen.size).toBe(10);
  expect(await listed(bucket)).toEqual([]);
});

test('a version id that no header can contain is rejected and deletes nothing', async () => {
  const Bucket = 'odd-version-ids';
  await makeBucket(Bucket);
  await setVersioning(Bucket, 'Enabled');
  await put(Bucket, 'k', 'kept');
  for (const VersionId of ['\r\nx', 'İ', 'a b']) {
    await expect(live.client.send(new DeleteObjectCommand({ Bucket, Key: 'k', VersionId }))).rejects.toMatchObject({
      name: 'InvalidArgument',
      $metadata: { httpStatusCode: 400 },
    });
  }
  expect(await read(Bucket, 'k')).toBe('kept');
});
