import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { BuildLog } from '../builds/build-log.ts';
import { BuildFailure } from '../builds/build-result.ts';
import type { BuildOrder, BuildSource } from '../model/build.ts';
import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import { JobFailure } from '../worker/job-failure.ts';
import type { ArtifactTransfer } from '../worker/transfer/artifact-transfer.ts';
import { fetchArtifact } from '../worker/transfer/fetch-artifact.ts';
import type { RunnerFolders } from './build-folders.ts';

const maxBuildspecBytes = 1024 * 1024;

/** What fetching needs. */
export interface Fetching {
  folders: RunnerFolders;
  transfer: ArtifactTransfer;
  limits: ArchiveLimits;
  signal: AbortSignal;
}

/** Unpacks the sources of an order into their folders, and returns a buildspec that is an object. Throws BuildFailure. */
export async function fetchSources(
  { buildspec, secondarySources, source }: BuildOrder,
  fetching: Fetching,
  log: BuildLog,
): Promise<{ text: string } | undefined> {
  const { build } = fetching.folders;
  await fetchSource(source, { name: 'primary', folder: build.source }, fetching, log);
  for (const secondary of secondarySources) {
    const { identifier } = secondary;
    const folder = build.secondarySources[identifier] ?? '';
    await fetchSource(secondary, { name: identifier, folder }, fetching, log);
  }
  return buildspec && 'bucket' in buildspec ? { text: await readBuildspec(buildspec, fetching) } : undefined;
}

async function fetchSource(
  source: BuildSource,
  { name, folder }: { name: string; folder: string },
  { folders, limits, signal, transfer }: Fetching,
  log: BuildLog,
): Promise<void> {
  if (source.type === 'NO_SOURCE') return;
  // The server packs repositories before it offers a build.
  if (source.type === 'GIT')
    throw new BuildFailure('INTERNAL_ERROR', `The source ${name} was not packed by the server.`);
  const location = { bucketName: source.bucket, objectKey: source.key };
  await log.note(`Downloading s3://${source.bucket}/${source.key}`);
  await asBuildFailure(() =>
    fetchArtifact(transfer, { name, folder, location }, { limits, scratch: folders.downloads, signal }),
  );
}

async function readBuildspec(
  { bucket, key }: { bucket: string; key: string },
  { folders, signal, transfer }: Fetching,
): Promise<string> {
  const file = join(folders.downloads, 'buildspec');
  await asBuildFailure(() => transfer.download({ bucketName: bucket, objectKey: key }, file, signal));
  if ((await stat(file)).size > maxBuildspecBytes) {
    throw new BuildFailure('YAML_FILE_ERROR', `s3://${bucket}/${key} has more than ${maxBuildspecBytes} bytes`);
  }
  return readFile(file, 'utf8');
}

async function asBuildFailure(work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (error instanceof JobFailure) throw new BuildFailure('CLIENT_ERROR', error.message);
    throw error;
  }
}
