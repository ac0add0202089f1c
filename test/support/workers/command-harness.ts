import { createReadStream, createWriteStream } from 'node:fs';
import { copyFile, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { Artifact, Job, JobData } from '../../../src/contract/generated.ts';
import { defaultArchiveLimits } from '../../../src/worker/archives/archive-limits.ts';
import { packFolder } from '../../../src/worker/archives/pack-folder.ts';
import { printOutput } from '../../../src/worker/command/command-output.ts';
import { type CommandRunnerOptions, createCommandRunner } from '../../../src/worker/command/command-runner.ts';
import type { ArtifactTransfer } from '../../../src/worker/transfer/artifact-transfer.ts';

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined };
/** Returns the command line of a shell script. */
export const shell = (script: string) => ['/bin/sh', '-c', script];

/** The folders of the running test: objects are in `store`, job folders in `workRoot`. */
export const scene = { root: '', store: '', workRoot: '' };

/** Creates the folders of a test. */
export async function prepareScene(): Promise<void> {
  scene.root = await mkdtemp(join(tmpdir(), 'millrace-command-test-'));
  scene.store = join(scene.root, 'store');
  scene.workRoot = join(scene.root, 'work');
  for (const folder of [scene.store, scene.workRoot]) await mkdir(folder);
}

/** Deletes the folders of the test. */
export async function clearScene(): Promise<void> {
  await rm(scene.root, { recursive: true, force: true });
}

/** Stores objects as files, one per key. */
function folderTransfer(): ArtifactTransfer {
  return {
    download: ({ objectKey }, file) => copyFile(join(scene.store, objectKey), file),
    open: ({ objectKey }) => createReadStream(join(scene.store, objectKey)),
    upload: ({ objectKey }, body) => pipeline(body, createWriteStream(join(scene.store, objectKey))),
    close: () => undefined,
  };
}

/** Returns an artifact of a job; by default its object has the same name. */
export function artifact(name: string, objectKey = name): Artifact {
  return { name, location: { type: 'S3', s3Location: { bucketName: 'b', objectKey } } };
}

/** Returns a job with this data. */
export function jobOf(data: JobData = {}): Job {
  return { id: '0a1b2c3d-0000-4000-8000-000000000000', nonce: '3', data };
}

/** Puts a zip with these files into the store. */
export async function storeZip(key: string, files: Record<string, string>): Promise<void> {
  const folder = await mkdtemp(join(scene.root, 'zip-'));
  for (const [name, content] of Object.entries(files)) await writeFile(join(folder, name), content);
  await pipeline(await packFolder(folder), createWriteStream(join(scene.store, key)));
}

/** Creates a runner for the command in the test's folders, with its output so far. */
export function runnerOf(
  command: string[],
  environment: NodeJS.ProcessEnv = { PATH: process.env.PATH },
  options: Partial<CommandRunnerOptions> = {},
) {
  const written: string[] = [];
  const sink = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk));
      done();
    },
  });
  const run = createCommandRunner({
    command,
    environment,
    log: silent,
    openTransfer: folderTransfer,
    openOutput: printOutput({ stdout: sink, stderr: sink }),
    archiveLimits: defaultArchiveLimits,
    workRoot: scene.workRoot,
    now: () => 0,
    ...options,
  });
  return { run, output: () => written.join('') };
}
