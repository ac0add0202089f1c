import { readdir } from 'node:fs/promises';
import {
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  type LifecycleRule,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type LiveEndpoint, openLiveEndpoint } from '../../../test/support/servers/live-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

const dayMs = 24 * 60 * 60 * 1000;
let live: LiveEndpoint;
beforeAll(async () => {
  live = await openLiveEndpoint(openEmbeddedStore);
});
afterAll(() => live.close());

async function bucket(Bucket: string, Rules: LifecycleRule[], isVersioned = false): Promise<void> {
  const { client } = live;
  await client.send(new CreateBucketCommand({ Bucket }));
  if (isVersioned) {
    await client.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  }
  await client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
}

const put = (Bucket: string, Key: string, members = {}) =>
  live.client.send(new PutObjectCommand({ Bucket, Key, Body: 'hello', ...members }));

/** Lists versions, newest first; `key!` is a delete marker. */
async function versions(Bucket: string): Promise<string[]> {
  const found = await live.client.send(new ListObjectVersionsCommand({ Bucket }));
  const all = [
    ...(found.Versions ?? []).map(({ Key, LastModified }) => ({ name: Key ?? '', at: LastModified })),
    ...(found.DeleteMarkers ?? []).map(({ Key, LastModified }) => ({ name: `${Key}!`, at: LastModified })),
  ];
  return all.sort((one, other) => Number(other.at) - Number(one.at)).map(({ name }) => name);
}

/** Applies the lifecycles in one whole pass, `days` after the objects were written. */
async function passAfter(days: number): Promise<void> {
  const at = live.now() + days * dayMs;
  while (((await live.endpoint.expire(at)) ?? 0) <= at + 100);
}

const enabled = { Status: 'Enabled' } as const;

test('removes expired objects and their files, as selected by prefix, tags, size and status of a rule', async () => {
  await bucket('plain', [
    { ...enabled, Filter: { Prefix: 'tmp/' }, Expiration: { Days: 3 } },
    {
      ...enabled,
      Filter: {
        And: {
          Tags: [
            { Key: 'a', Value: '1' },
            { Key: 'b', Value: '2' },
          ],
        },
      },
      Expiration: { Days: 3 },
    },
    { ...enabled, Filter: { ObjectSizeGreaterThan: 5 }, Expiration: { Days: 3 } },
    { Status: 'Disabled', Filter: { Prefix: '' }, Expiration: { Days: 1 } },
  ]);
  await put('plain', 'tmp/gone');
  await put('plain', 'kept');
  await put('plain', 'tagged-gone', { Tagging: 'a=1&b=2' });
  await put('plain', 'tagged-kept', { Tagging: 'a=1' });
  await put('plain', 'large-gone', { Body: 'longer' });
  await passAfter(2.9);
  expect(await versions('plain')).toHaveLength(5);
  await passAfter(4.1);
  expect((await versions('plain')).sort()).toEqual(['kept', 'tagged-kept']);
  const files = await readdir(live.folder, { recursive: true, withFileTypes: true });
  expect(files.filter((file) => file.isFile())).toHaveLength(2);
});

test('in a versioned bucket adds a delete marker, later removes noncurrent versions, then the marker', async () => {
  await bucket(
    'kept',
    [
      {
        ...enabled,
        Filter: { Prefix: '' },
        Expiration: { Days: 1 },
        NoncurrentVersionExpiration: { NoncurrentDays: 2, NewerNoncurrentVersions: 1 },
      },
    ],
    true,
  );
  for (let round = 0; round < 3; round += 1) await put('kept', 'a');
  await passAfter(2.1);
  expect(await versions('kept')).toEqual(['a!', 'a', 'a', 'a']);
  await passAfter(5);
  // The marker dates from the first pass; the newest noncurrent version is kept.
  expect(await versions('kept')).toEqual(['a!', 'a']);
  await bucketRules('kept', [
    { ...enabled, Filter: { Prefix: '' }, NoncurrentVersionExpiration: { NoncurrentDays: 1 } },
  ]);
  await passAfter(9);
  expect(await versions('kept')).toEqual(['a!']);
  await bucketRules('kept', [{ ...enabled, Filter: { Prefix: '' }, Expiration: { ExpiredObjectDeleteMarker: true } }]);
  await passAfter(10);
  expect(await versions('kept')).toEqual([]);
});

async function bucketRules(Bucket: string, Rules: LifecycleRule[]): Promise<void> {
  await live.client.send(new PutBucketLifecycleConfigurationCommand({ Bucket, LifecycleConfiguration: { Rules } }));
}

test('counts noncurrent versions from the newest across pages', async () => {
  await bucket(
    'many',
    [
      {
        ...enabled,
        Filter: { Prefix: '' },
        NoncurrentVersionExpiration: { NoncurrentDays: 1, NewerNoncurrentVersions: 599 },
      },
    ],
    true,
  );
  const attributes = { metadata: {} };
  for (let version = 0; version < 650; version += 1) {
    const object = {
      key: 'k',
      fileId: `f${version}`,
      size: 1,
      etag: 'e',
      attributes,
      modifiedAt: live.now(),
      newVersionId: `v${version}`,
    };
    await live.index.putObject({ account: '111122223333', bucket: 'many' }, object, {});
  }
  await passAfter(3);
  const where = { account: '111122223333', bucket: 'many' };
  const left = await live.index.listVersions(where, { prefix: '', afterKey: '', limit: 1000 });
  expect(left.map(({ versionId }) => versionId)).toEqual(Array.from({ length: 600 }, (_, index) => `v${649 - index}`));
});

test('aborts an upload that is too old and leaves others', async () => {
  await bucket('parts', [
    { ...enabled, Filter: { Prefix: 'up/' }, AbortIncompleteMultipartUpload: { DaysAfterInitiation: 1 } },
  ]);
  for (const Key of ['up/a', 'other'])
    await live.client.send(new CreateMultipartUploadCommand({ Bucket: 'parts', Key }));
  await passAfter(2.5);
  const { Uploads } = await live.client.send(new ListMultipartUploadsCommand({ Bucket: 'parts' }));
  expect(Uploads?.map(({ Key }) => Key)).toEqual(['other']);
  await live.client.send(new DeleteObjectCommand({ Bucket: 'parts', Key: 'none' }));
});
