import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildOrder } from '../../../test/support/builds/build-order.ts';
import { scope } from '../../../test/support/pipelines/declarations.ts';
import type { JobGrant } from '../../identity/secrets/job-credentials.ts';
import type { BuildOrder } from '../../model/build.ts';
import type { BuildBatch } from '../../model/build-batch.ts';
import { packFolder } from '../../worker/archives/pack-folder.ts';
import { type ReadingParts, readBatchBuildspec } from './read-batch-source.ts';

const source = { type: 'S3', bucket: 'code', key: 'src.zip', content: { etag: 'e' } } as const;
const job = { id: 'j', pipelineName: 'p', executionId: 'x' };

/** Reads the buildspec of a batch whose source has `ci/spec.yml`; returns what it was read with, too. */
async function read(members: Partial<BuildOrder>) {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-batch-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const files = await mkdtemp(join(folder, 'files-'));
  await writeFile(join(files, 'spec.yml'), 'version: 0.2');
  const grants: JobGrant[] = [];
  const parts = {
    parts: {},
    gitOf: () => ({ scratchFolder: folder }),
    objectsOf: (grant: JobGrant) => ({
      getObject: async (_: string, key: string) => {
        grants.push(grant);
        return key === 'src.zip' ? { body: await packFolder(files) } : undefined;
      },
    }),
  } as unknown as ReadingParts;
  const build = buildOrder({ source, buildspec: { path: './spec.yml' }, ...members });
  const batch: BuildBatch = {
    ...{ id: 'mill:1', scope, number: 1, status: 'IN_PROGRESS', startedAt: 1 },
    order: { build, mostBuilds: 1, timeoutMs: 1 },
  };
  const result = await readBatchBuildspec(batch, parts, new AbortController().signal);
  return { ...result, grants };
}

test('a batch alone reads its source with the rights of its role, that of an action its input artifact', async () => {
  expect(await read({})).toMatchObject({
    text: 'version: 0.2',
    grants: [{ roleArn: buildOrder().serviceRole, read: [] }],
  });
  expect(await read({ job })).toMatchObject({ text: 'version: 0.2', grants: [{ read: [source] }] });
});

test.each([
  [{ buildspec: { path: 'none.yml' } }, 'stat none.yml: no such file or directory'],
  [{ source: { ...source, key: 'none.zip' } }, 's3://code/none.zip does not exist.'],
  [{ source: { type: 'NO_SOURCE' as const } }, 'stat ./spec.yml: no such file or directory'],
])('%j has no buildspec', async (members, message) => {
  await expect(read(members)).rejects.toThrow(message);
});
