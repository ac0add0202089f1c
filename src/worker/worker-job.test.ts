import { mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { artifact, jobOf } from '../../test/support/workers/command-harness.ts';
import { hostileZip } from '../../test/support/workers/hostile-zip.ts';
import { defaultArchiveLimits } from './archives/archive-limits.ts';
import type { ArtifactTransfer } from './transfer/artifact-transfer.ts';
import { createWorkerJob } from './worker-job.ts';

let folder: string;
let stored: Record<string, string>;
let bytes: Buffer;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'millrace-worker-job-'));
  stored = {};
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function workerJob() {
  const transfer: Partial<ArtifactTransfer> = {
    download: (_location, file) => writeFile(file, bytes),
    async upload({ objectKey }, body, _signal, contentType = 'zip') {
      stored[`${objectKey} ${contentType}`] = await text(body);
    },
  };
  const inputArtifacts = [artifact('Source')];
  const outputArtifacts = [artifact('App'), artifact('Report')];
  const { signal } = new AbortController();
  const tools = { archiveLimits: defaultArchiveLimits, signal, keepDetails: () => undefined };
  const job = jobOf({ inputArtifacts, outputArtifacts, actionConfiguration: { configuration: { Target: 'all' } } });
  return createWorkerJob(job, { ...tools, transfer: transfer as ArtifactTransfer });
}

it('returns the only artifact without a name, and lists the artifacts if the choice is ambiguous', () => {
  const job = workerJob();
  expect([job.input().name, job.output('App').name, job.configuration.Target]).toEqual(['Source', 'App', 'all']);
  for (const ask of [() => job.output(), () => job.output('Missing')]) {
    expect(ask).toThrow(/it has App, Report/);
    expect(ask).toThrow(expect.objectContaining({ type: 'ConfigurationError' }));
  }
});

it('unpacks an input into a new folder, and names a rejected artifact', async () => {
  const target = join(folder, 'source');
  bytes = hostileZip([{ name: 'a/b' }]);
  await workerJob().input().unpack(target);
  expect(await readdir(join(target, 'a'))).toEqual(['b']);
  bytes = Buffer.from('no zip at all');
  const refused = workerJob().input().unpack(join(folder, 'other'));
  await expect(refused).rejects.toMatchObject({ message: /^Input artifact Source: The archive is malformed/ });
});

it('writes text as an output', async () => {
  await workerJob().output('Report').write('{}', 'application/json');
  expect(stored).toEqual({ 'Report application/json': '{}' });
});
