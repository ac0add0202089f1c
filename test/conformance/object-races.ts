import { expect, test } from 'vitest';
import type { NewObject, UploadedPart } from '../../src/store/objects/object-index.ts';
import { type OpenStore, useBench } from './bench.ts';

const at = { account: '111111111111', bucket: 'box' };
const bucket = { account: at.account, name: at.bucket, region: 'r', settings: {}, createdAt: 1 };
const rounds = 5;

const objectOf = (id: string, key = 'k'): NewObject => ({
  key,
  fileId: id,
  size: 1,
  etag: id,
  attributes: { metadata: {} },
  modifiedAt: 1,
  newVersionId: `version of ${id}`,
});
const partOf = (fileId: string): UploadedPart => ({ partNumber: 1, fileId, size: 1, etag: fileId, modifiedAt: 1 });

/** Two nodes write to one bucket: the rows are as after serial writes, and no file is lost or referenced twice. */
export function objectRaces(open: OpenStore): void {
  const bench = useBench(open);

  async function nodes() {
    const one = bench.store.objects;
    const other = (await bench.another()).store.objects;
    await one.createBucket(bucket);
    return [one, other] as const;
  }

  async function upload(uploadId: string): Promise<void> {
    await bench.store.objects.createUpload(at, { uploadId, key: 'k', attributes: { metadata: {} }, createdAt: 1 });
    await bench.store.objects.putPart(uploadId, partOf(`part of ${uploadId}`));
  }
  const completion = (uploadId: string) => ({
    uploadId,
    parts: [partOf(`part of ${uploadId}`)],
    object: objectOf(`whole of ${uploadId}`),
    condition: {},
  });
  const freedOf = (answers: { refused?: string; freedFileIds?: string[] }[]) =>
    answers.flatMap(({ freedFileIds = [] }) => freedFileIds);
  const refusalsOf = (answers: { refused?: string }[]) => answers.flatMap(({ refused }) => refused ?? []);

  test('of concurrent puts of one key one is the latest, and the files of all others are freed', async () => {
    const [one, other] = await nodes();
    const ids = Array.from({ length: 8 }, (_, index) => `f${index}`);
    const answers = await Promise.all(
      ids.map((id, index) => (index % 2 === 0 ? one : other).putObject(at, objectOf(id), {})),
    );
    const kept = (await one.findObject(at, 'k'))?.fileId ?? '';
    expect([...freedOf(answers), kept].sort()).toEqual(ids);
  });

  test('in a versioned bucket all versions stay, and one is the latest', async () => {
    const [one, other] = await nodes();
    await one.setVersioning(at, 'Enabled');
    const ids = Array.from({ length: 8 }, (_, index) => `f${index}`);
    await Promise.all(ids.map((id, index) => (index % 2 === 0 ? one : other).putObject(at, objectOf(id), {})));
    const versions = await one.listVersions(at, { prefix: '', afterKey: '', limit: 99 });
    expect(versions.map(({ fileId }) => fileId).sort()).toEqual(ids);
    expect(versions.map(({ isLatest }) => isLatest)).toEqual([true, ...Array(7).fill(false)]);
  });

  test('of concurrent puts with If-None-Match one is accepted', async () => {
    const [one, other] = await nodes();
    const answers = await Promise.all(
      [one, other, one, other].map((index, n) => index.putObject(at, objectOf(`f${n}`), { ifAbsent: true })),
    );
    expect(refusalsOf(answers)).toEqual(Array(3).fill('preconditionFailed'));
  });

  test('a put during the deletion of the bucket: the object exists, or the bucket is gone', async () => {
    const [one, other] = await nodes();
    for (let round = 0; round < rounds; round += 1) {
      await one.createBucket(bucket);
      const [put, deleted] = await Promise.all([one.putObject(at, objectOf('f'), {}), other.deleteBucket(at)]);
      expect([put.refused, deleted.refused]).toEqual(
        put.refused ? ['noSuchBucket', undefined] : [undefined, 'bucketNotEmpty'],
      );
      expect((await one.findObject(at, 'k'))?.fileId).toBe(put.refused ? undefined : 'f');
      await one.deleteObjects(at, [{ key: 'k', newVersionId: 'v' }], 2);
    }
  });

  test('concurrent creations and deletions of a bucket: its creator finds it, or it was deleted since', async () => {
    const [one, other] = await nodes();
    for (let round = 0; round < rounds; round += 1) {
      const [made, deleted] = await Promise.all([one.createBucket(bucket), other.deleteBucket(at)]);
      const found = await one.findBucket(at);
      expect(found === undefined).toBe(made.existing !== undefined && deleted.refused === undefined);
      await one.createBucket(bucket);
    }
  });

  test('of a concurrent completion and abortion of an upload one succeeds', async () => {
    const [one, other] = await nodes();
    for (let round = 0; round < rounds; round += 1) {
      const uploadId = `u${round}`;
      await upload(uploadId);
      const [completed, aborted] = await Promise.all([
        one.completeUpload(at, completion(uploadId)),
        other.abortUpload(at, 'k', uploadId),
      ]);
      expect(refusalsOf([completed, aborted])).toEqual(['noSuchUpload']);
      expect(freedOf([completed, aborted])).toContain(`part of ${uploadId}`);
      expect(await one.findUpload(at, 'k', uploadId)).toBeUndefined();
    }
  });

  test('of two completions of an upload one creates the object', async () => {
    const [one, other] = await nodes();
    await upload('u');
    const answers = await Promise.all([one, other].map((index) => index.completeUpload(at, completion('u'))));
    expect(refusalsOf(answers)).toEqual(['noSuchUpload']);
  });

  test('a part replaced during the completion of its upload: the object is created without it, or not at all', async () => {
    const [one, other] = await nodes();
    for (let round = 0; round < rounds; round += 1) {
      const uploadId = `u${round}`;
      await upload(uploadId);
      const [completed, put] = await Promise.all([
        one.completeUpload(at, completion(uploadId)),
        other.putPart(uploadId, partOf('newer')),
      ]);
      expect([completed.refused, put.refused]).toEqual(
        completed.refused ? ['partsChanged', undefined] : [undefined, 'noSuchUpload'],
      );
    }
  });

  test('of parts with one number one stays, and the files of all others are freed', async () => {
    const [one, other] = await nodes();
    await upload('u');
    const ids = Array.from({ length: 6 }, (_, index) => `p${index}`);
    const answers = await Promise.all(ids.map((id, index) => (index % 2 === 0 ? one : other).putPart('u', partOf(id))));
    const [kept] = await one.listParts('u', { afterPartNumber: 0, limit: 9 });
    expect([...freedOf(answers), kept?.fileId].sort()).toEqual([...ids, 'part of u']);
  });

  test('a part during the deletion of its bucket: its file is freed, or the part rejected', async () => {
    const [one, other] = await nodes();
    for (let round = 0; round < rounds; round += 1) {
      await one.createBucket(bucket);
      const uploadId = `u${round}`;
      await upload(uploadId);
      const [put, deleted] = await Promise.all([one.putPart(uploadId, partOf('newer')), other.deleteBucket(at)]);
      expect(deleted.refused).toBeUndefined();
      expect(freedOf([put, deleted]).sort()).toEqual(
        put.refused ? [`part of ${uploadId}`] : ['newer', `part of ${uploadId}`],
      );
    }
  });

  test('changes of bucket settings are serialized', async () => {
    const [one, other] = await nodes();
    await Promise.all(
      Array.from({ length: 8 }, (_, index) =>
        (index % 2 === 0 ? one : other).changeSettings(at, (settings) => ({
          tags: [...(settings.tags ?? []), { key: `t${index}`, value: '' }],
        })),
      ),
    );
    expect((await one.findBucket(at))?.settings.tags).toHaveLength(8);
  });
}
