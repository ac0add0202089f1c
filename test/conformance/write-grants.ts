import { beforeEach, expect, test } from 'vitest';
import { stopExecution } from '../../src/engine/events/stop-execution.ts';
import type { NewObject } from '../../src/store/objects/object-index.ts';
import type { JobRecord } from '../../src/store/store.ts';
import { scope } from '../support/pipelines/declarations.ts';
import { type Bench, type OpenStore, useBench } from './bench.ts';

const at = { account: '111111111111', bucket: 'box' };
const rounds = 8;

const objectOf = (key: string): NewObject => ({
  key,
  fileId: `file of ${key}`,
  size: 1,
  etag: 'e',
  attributes: { metadata: {} },
  modifiedAt: 1,
  newVersionId: `version of ${key}`,
});
const part = { partNumber: 1, fileId: 'part', size: 1, etag: 'p', modifiedAt: 1 };
const upload = { uploadId: 'begun before', key: 'whole', attributes: { metadata: {} }, createdAt: 1 };
const completion = (grant: string) => ({
  uploadId: upload.uploadId,
  parts: [part],
  object: objectOf('whole'),
  condition: { grant },
});

/** Every way a job can end. */
const ends: Record<string, (bench: Bench, record: JobRecord) => Promise<unknown>> = {
  'a success': (bench, { job }) => bench.succeed(job.id),
  'a success to be continued': (bench, { job }) => bench.succeed(job.id, { continuationToken: 'more' }),
  'a failure': (bench, { job }) =>
    bench.report(job.id, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } }),
  'a stop that abandons': (bench, { pipeline, executionId }) =>
    bench.store.advance({ kind: 'execution', scope, name: pipeline.name, executionId }, (snapshot, moment) =>
      stopExecution(snapshot, { executionId, abandon: true }, moment),
    ),
  'a time-out': (bench, { job }) => {
    bench.clock.pass(48 * 60 * 60 * 1000);
    return bench.timeOut(job.id);
  },
  'the deletion of the pipeline': (bench, { pipeline }) => bench.delete(pipeline.name),
};

/** A permission to write depends on its job, which the transaction that writes the row checks. */
export function writeGrantCases(open: OpenStore): void {
  const bench = useBench(open);
  beforeEach(() =>
    bench.store.objects.createBucket({ account: at.account, name: at.bucket, region: 'r', settings: {}, createdAt: 1 }),
  );

  test.each(Object.entries(ends))(
    "%s ends the job's permission to write, also to uploads it has started",
    async (_, end) => {
      await bench.create();
      const record = await bench.claimOne();
      const grant = record.job.id;
      const { jobs, objects } = bench.store;
      expect(await jobs.isOpen(grant)).toBe(true);
      expect(await objects.putObject(at, objectOf('before'), { grant })).toMatchObject({ freedFileIds: [] });
      expect(await objects.createUpload(at, upload, grant)).toEqual({});
      expect(await objects.putPart(upload.uploadId, part, grant)).toEqual({ freedFileIds: [] });
      await end(bench, record);
      const refused = { refused: 'grantEnded' };
      expect(await jobs.isOpen(grant)).toBe(false);
      expect(await objects.putObject(at, objectOf('before'), { grant })).toEqual(refused);
      expect(await objects.completeUpload(at, completion(grant))).toEqual(refused);
      expect(await objects.putPart(upload.uploadId, { ...part, fileId: 'late' }, grant)).toEqual(refused);
      expect(await objects.createUpload(at, { ...upload, uploadId: 'late' }, grant)).toEqual(refused);
      expect((await objects.listObjects(at, { prefix: '', after: '', limit: 9 })).map(({ key }) => key)).toEqual([
        'before',
      ]);
      expect(await objects.findUpload(at, upload.key, 'late')).toBeUndefined();
      expect(await objects.listParts(upload.uploadId, { afterPartNumber: 0, limit: 9 })).toEqual([part]);
    },
  );

  test('an upload is completed while the job is open, and a nonexistent job may write nothing', async () => {
    await bench.create();
    const { job } = await bench.claimOne();
    const { jobs, objects } = bench.store;
    await objects.createUpload(at, upload, job.id);
    await objects.putPart(upload.uploadId, part, job.id);
    expect(await objects.completeUpload(at, completion(job.id))).toMatchObject({ freedFileIds: ['part'] });
    expect(await jobs.isOpen('no such job')).toBe(false);
    expect(await objects.putObject(at, objectOf('k'), { grant: 'no such job' })).toEqual({ refused: 'grantEnded' });
  });

  test('a write and a concurrent result on two nodes: the row is written or the write rejected, and none is written later', async () => {
    const other = await bench.another();
    for (let round = 0; round < rounds; round += 1) {
      const { name } = await bench.create();
      const { job } = await bench.claimOne();
      const key = `of ${name} ${round}`;
      const writes = Array.from({ length: 4 }, (_, index) =>
        (index % 2 === 0 ? bench : other).store.objects.putObject(at, objectOf(`${key} ${index}`), { grant: job.id }),
      );
      const [answers] = await Promise.all([Promise.all(writes), other.succeed(job.id)]);
      const there = await bench.store.objects.listObjects(at, { prefix: key, after: '', limit: 9 });
      const taken = answers.flatMap(({ refused }, index) => (refused ? [] : [`${key} ${index}`]));
      expect(there.map((object) => object.key)).toEqual(taken);
      for (const { refused } of answers) if (refused) expect(refused).toBe('grantEnded');
      const late = await bench.store.objects.putObject(at, objectOf('late'), { grant: job.id });
      expect(late).toEqual({ refused: 'grantEnded' });
      await bench.delete(name);
    }
  });
}
