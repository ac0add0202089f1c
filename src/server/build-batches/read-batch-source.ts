import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join, normalize } from 'node:path';
import type { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import type { BuildBatch } from '../../model/build-batch.ts';
import { defaultArchiveLimits } from '../../worker/archives/archive-limits.ts';
import { readZip } from '../../worker/archives/zip-reader.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import { type PackingParts, packToFile } from '../build-sources/pack-sources.ts';
import type { ObjectsOfJob } from '../role-objects.ts';

/** What reading a buildspec needs. */
export interface ReadingParts extends Pick<PackingParts, 'parts' | 'gitOf'> {
  objectsOf: ObjectsOfJob;
}

/** A larger file is no buildspec. */
const maxBuildspecBytes = 1024 * 1024;

/** The buildspec of a batch, and the commit it was read from if its source is a repository. */
export interface ReadBuildspec {
  text: string;
  commit?: string;
}

/** Reads the buildspec of a batch, objects with the rights of its role or action. Throws `JobFailure`. */
export async function readBatchBuildspec(
  { scope, order: { build } }: BuildBatch,
  { objectsOf, ...git }: ReadingParts,
  signal: AbortSignal,
): Promise<ReadBuildspec> {
  const { buildspec, serviceRole: roleArn, source } = build;
  if (buildspec && 'text' in buildspec) return buildspec;
  // The source of an action is its input artifact, as it was recorded; anything else is read with the rights of the role.
  const read = build.job && source.type === 'S3' ? [source] : [];
  const grant = { ...scope, jobId: 'build-batch', roleArn, read, write: [], issuedAt: 0, expiresAt: 0 };
  const open = async (bucket: string, key: string, versionId?: string): Promise<Readable> => {
    const found = await objectsOf(grant)
      .getObject(bucket, key, versionId)
      .catch((error: Error) => {
        throw new JobFailure('PermissionError', `s3://${bucket}/${key} cannot be read: ${error.message}`);
      });
    if (found) return found.body;
    throw new JobFailure('ConfigurationError', `s3://${bucket}/${key} does not exist.`);
  };
  if (buildspec && 'bucket' in buildspec) {
    return { text: await readText(await open(buildspec.bucket, buildspec.key), buildspec.key) };
  }
  const path = buildspec?.path ?? 'buildspec.yml';
  if (source.type === 'NO_SOURCE') throw noFile(path);
  const file = join(git.gitOf(scope).scratchFolder, randomUUID());
  try {
    if (source.type === 'GIT') {
      const commit = await packToFile(source, scope, file, { ...git, signal });
      return { text: await readEntry(file, path), commit };
    }
    await pipeline(await open(source.bucket, source.key, source.versionId), createWriteStream(file), { signal });
    return { text: await readEntry(file, path) };
  } finally {
    await rm(file, { force: true });
  }
}

/** Reads a file of an archive. */
async function readEntry(archive: string, path: string): Promise<string> {
  try {
    for await (const entry of readZip(archive, defaultArchiveLimits)) {
      if (normalize(entry.name) === normalize(path)) return await readText(await entry.open(), path);
    }
  } catch (error) {
    if (error instanceof JobFailure) throw error;
    throw new JobFailure('ConfigurationError', `The source cannot be read: ${(error as Error).message}`);
  }
  throw noFile(path);
}

async function readText(body: Readable, path: string): Promise<string> {
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > maxBuildspecBytes)
      body.destroy(new JobFailure('ConfigurationError', `${path} is too large for a buildspec.`));
  });
  return text(body);
}

function noFile(path: string): JobFailure {
  return new JobFailure('ConfigurationError', `stat ${path}: no such file or directory`);
}
