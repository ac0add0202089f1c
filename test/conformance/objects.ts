import { expect, test } from 'vitest';
import type { NewObject, ObjectIndex } from '../../src/store/objects/object-index.ts';
import { type OpenStore, useBench } from './bench.ts';

const at = { account: '111111111111', bucket: 'box' };

const object: NewObject = {
  key: 'k',
  fileId: 'f1',
  sealedKey: 's1.1.abc',
  size: 3,
  etag: 'e',
  attributes: { metadata: { a: '1' } },
  modifiedAt: 5,
  newVersionId: 'v1',
};

async function makeBucket(index: ObjectIndex): Promise<void> {
  await index.createBucket({ account: at.account, name: at.bucket, region: 'r', settings: {}, createdAt: 1 });
}

/** The rows of objects; most of the object index is tested at the endpoint. */
export function objectCases(open: OpenStore): void {
  const bench = useBench(open);

  test('buckets of all accounts are listed by account and name, and deletions compare size and second', async () => {
    const index = bench.store.objects;
    for (const [account, name] of [
      ['2', 'a'],
      ['1', 'b'],
      ['1', 'a'],
    ] as const) {
      await index.createBucket({ account, name, region: 'r', settings: {}, createdAt: 1 });
    }
    const names = async (after: { account: string; name: string }, limit = 9) =>
      (await index.allBuckets({ after, limit })).map(({ account, name }) => `${account}/${name}`);
    expect(await names({ account: '', name: '' })).toEqual(['1/a', '1/b', '2/a']);
    expect(await names({ account: '1', name: 'a' }, 1)).toEqual(['1/b']);
    await makeBucket(index);
    const late = { ...object, modifiedAt: 1_700_000_000_500 };
    await index.putObject(at, late, {});
    const deletion = (condition: object) =>
      index.deleteObjects(at, [{ key: 'k', newVersionId: 'v2', ...condition }], 9);
    const unmet = { outcomes: [{ refused: 'preconditionFailed' }] };
    expect(await deletion({ ifSize: 4 })).toEqual(unmet);
    expect(await deletion({ ifModifiedSecond: 1_700_000_001 })).toEqual(unmet);
    expect(await deletion({ ifSize: 3, ifModifiedSecond: 1_700_000_000 })).toMatchObject({
      outcomes: [{ freedFileIds: ['f1'] }],
    });
  });

  test('the sealed key of a file is stored with its version and with its part, also after a restart', async () => {
    const index = bench.store.objects;
    await makeBucket(index);
    await index.putObject(at, object, {});
    const { sealedKey: _, ...plain } = object;
    await index.putObject(at, { ...plain, key: 'plain' }, {});
    const upload = { uploadId: 'u', key: 'parts', attributes: { metadata: {} }, createdAt: 1 };
    await index.createUpload(at, upload);
    const part = { partNumber: 1, fileId: 'f2', sealedKey: 's1.1.def', size: 1, etag: 'p', modifiedAt: 1 };
    await index.putPart('u', part);
    await bench.reopen();
    const after = bench.store.objects;
    expect(await after.findObject(at, 'k')).toMatchObject({ fileId: 'f1', sealedKey: 's1.1.abc' });
    expect((await after.findObject(at, 'plain'))?.sealedKey).toBeUndefined();
    expect(await after.listParts('u', { afterPartNumber: 0, limit: 10 })).toEqual([part]);
  });

  test('changes of bucket settings are serialized, and null differs from never set', async () => {
    const index = bench.store.objects;
    await makeBucket(index);
    const settings = async () => (await index.findBucket(at))?.settings;
    expect(await settings()).toEqual({});
    await Promise.all([
      index.changeSettings(at, (current) => ({ ...current, tags: [{ key: 'a', value: '1' }] })),
      index.changeSettings(at, (current) => ({ ...current, publicAccessBlock: null })),
    ]);
    expect(await settings()).toEqual({ tags: [{ key: 'a', value: '1' }], publicAccessBlock: null });
    const none = { ...at, bucket: 'none' };
    expect(await index.changeSettings(none, (current) => current)).toEqual({ refused: 'noSuchBucket' });
  });

  test('tags are set on one version and keep its other attributes', async () => {
    const index = bench.store.objects;
    await makeBucket(index);
    await index.setVersioning(at, 'Enabled');
    await index.putObject(at, object, {});
    await index.putObject(at, { ...object, fileId: 'f2', newVersionId: 'v2' }, {});
    const tags = [{ key: 'a', value: '1' }];
    expect(await index.setObjectTags(at, 'k', 'v1', tags)).toEqual({});
    expect((await index.findObject(at, 'k', 'v1'))?.attributes).toEqual({ metadata: { a: '1' }, tags });
    expect((await index.findObject(at, 'k'))?.attributes.tags).toBeUndefined();
    await index.deleteObjects(at, [{ key: 'k', newVersionId: 'v3' }], 6);
    for (const [key, versionId] of [['k'], ['k', 'v9'], ['none']] as const) {
      expect(await index.setObjectTags(at, key, versionId, tags)).toEqual({ refused: 'noSuchKey' });
    }
  });
}
