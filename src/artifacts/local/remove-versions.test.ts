import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { type BareEndpoint, openBareEndpoint, testAccount } from '../../../test/support/servers/bare-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

let live: BareEndpoint;
const where = { account: testAccount, bucket: 'artifacts' };
beforeEach(async () => {
  live = await openBareEndpoint(openEmbeddedStore);
  await live.endpoint.objects.createBucket({ ...where, region: 'us-east-1' });
});
afterEach(() => live.close());

const put = (key: string, bytes = 'x') =>
  live.endpoint.objects.putObject({ ...where, key, body: Readable.from([bytes]) });
const remove = (key: string, time: { writtenFrom?: number; writtenUntil?: number } = {}) =>
  live.endpoint.objects.removeVersions({ ...where, key, writtenFrom: 0, writtenUntil: live.now(), ...time });
const versions = async () =>
  (await live.index.listVersions(where, { prefix: '', afterKey: '', limit: 99 })).map(({ key }) => key);
async function files(): Promise<number> {
  const entries = await readdir(join(live.folder, 'objects'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).length;
}

test('removes an object and its file, but no object whose key only starts with the same prefix', async () => {
  for (const key of ['Mill/Code/k1', 'Mill/Code/k1.zip', 'Mill/Code/k', 'Mill/Code/k2']) await put(key);
  await remove('Mill/Code/k1');
  expect(await versions()).toEqual(['Mill/Code/k', 'Mill/Code/k1.zip', 'Mill/Code/k2']);
  expect(await files()).toBe(3);
});

test('accepts a missing object, a missing bucket and a repetition', async () => {
  await put('k');
  await remove('k');
  await remove('k');
  await remove('never');
  await live.endpoint.objects.removeVersions({ ...where, bucket: 'none', key: 'k', writtenFrom: 0, writtenUntil: 1 });
});

describe('in a versioned bucket', () => {
  beforeEach(() => live.index.setVersioning(where, 'Enabled'));

  test('removes every version and delete marker permanently', async () => {
    await put('k');
    await put('k');
    await live.send({ method: 'DELETE', path: '/artifacts/k' });
    await put('other');
    expect(await versions()).toHaveLength(4);
    await remove('k');
    expect(await versions()).toEqual(['other']);
    expect(await files()).toBe(1);
  });

  test('removes more versions than one page holds', async () => {
    for (let count = 0; count < 1001; count += 1) {
      const object = { key: 'k', fileId: `f${count}`, size: 1, etag: 'e', attributes: { metadata: {} }, modifiedAt: 1 };
      await live.index.putObject(where, { ...object, newVersionId: `v${count}` }, {});
    }
    await remove('k');
    expect(await versions()).toEqual([]);
  });

  test('keeps versions written before or after the period, and the delete marker above them', async () => {
    await put('k', 'early');
    const writtenFrom = live.now();
    await put('k', 'ours');
    const writtenUntil = live.now();
    await put('k', 'late');
    await live.send({ method: 'DELETE', path: '/artifacts/k' });
    await remove('k', { writtenFrom, writtenUntil });
    const left = await live.index.listVersions(where, { prefix: '', afterKey: '', limit: 99 });
    expect(left.map(({ size, isDeleteMarker }) => (isDeleteMarker ? 'marker' : size))).toEqual(['marker', 4, 5]);
  });
});

test('in an unversioned bucket keeps an object that was overwritten later', async () => {
  await put('k', 'ours');
  const writtenUntil = live.now();
  await put('k', 'theirs');
  await remove('k', { writtenUntil });
  expect(await versions()).toEqual(['k']);
});

test('removes unfinished uploads with their parts, but not one begun later', async () => {
  const begin = async (key: string) => {
    const { text } = await live.send({ method: 'POST', path: `/artifacts/${key}?uploads` });
    const uploadId = /<UploadId>(.*)<\/UploadId>/.exec(text)?.[1];
    await live.send({ method: 'PUT', path: `/artifacts/${key}?partNumber=1&uploadId=${uploadId}`, body: 'part' });
  };
  await begin('k');
  await begin('k2');
  const writtenUntil = live.now();
  await begin('k');
  expect(await files()).toBe(3);
  await remove('k', { writtenUntil });
  const left = await live.index.listUploads(where, { prefix: '', afterKey: '', limit: 9 });
  expect(left.map(({ key }) => key)).toEqual(['k', 'k2']);
  expect(left[0]?.createdAt).toBeGreaterThan(writtenUntil);
  expect(await files()).toBe(2);
});
