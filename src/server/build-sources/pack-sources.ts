import { randomUUID } from 'node:crypto';
import { createReadStream, createWriteStream } from 'node:fs';
import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import type { Dependencies } from '../../api/dependencies.ts';
import type { ObjectStore } from '../../artifacts/object-endpoint.ts';
import { readCommit } from '../../git/commits.ts';
import { packTree } from '../../git/tree-archive.ts';
import type { Build, BuildSource, FetchedSources } from '../../model/build.ts';
import { fetchTimeoutMs, gitFailure } from '../../providers/git-source/check.ts';
import type { GitToolsOf } from '../git-tools.ts';
import { fetchRevision } from './fetch-revision.ts';
import { findBuildRepository, type GitBuildSource } from './find-repository.ts';
import { sourceBucket, sourceKey } from './source-objects.ts';

/** The most that the files of a source may have together. */
const maxTreeBytes = 1024 ** 3;

export interface PackingParts {
  parts: Pick<Dependencies, 'store' | 'sealer'>;
  objects: Pick<ObjectStore, 'headBucket' | 'createBucket' | 'putObject'>;
  gitOf: GitToolsOf;
}

/** Packs the GIT sources of a build into archives in a bucket of the server. Throws `JobFailure`. */
export async function packSources(
  { id, scope, order }: Build,
  packing: PackingParts,
  signal: AbortSignal,
): Promise<FetchedSources> {
  const sources = [order.source, ...order.secondarySources];
  await ensureBucket(scope, packing);
  const packed: BuildSource[] = [];
  let resolvedSourceVersion = order.resolvedSourceVersion;
  for (const [index, source] of sources.entries()) {
    if (source.type !== 'GIT') {
      packed.push(source);
      continue;
    }
    const place = { bucket: sourceBucket(scope), key: sourceKey(id, index) };
    const commit = await packSource(source, { ...scope, ...place }, packing, signal);
    if (index === 0) resolvedSourceVersion = commit;
    packed.push({ type: 'S3', ...place });
  }
  const [source = { type: 'NO_SOURCE' }, ...others] = packed;
  return {
    source,
    secondarySources: others.map((other, index) => ({
      ...other,
      identifier: order.secondarySources[index]?.identifier ?? '',
    })),
    ...(resolvedSourceVersion !== undefined && { resolvedSourceVersion }),
  };
}

/** Packs the commit of a source into an object, and returns its id. */
async function packSource(
  source: GitBuildSource,
  { bucket, key, ...scope }: Build['scope'] & { bucket: string; key: string },
  packing: PackingParts,
  signal: AbortSignal,
): Promise<string> {
  const { objects, gitOf } = packing;
  const file = join(gitOf(scope).scratchFolder, randomUUID());
  try {
    // A file, because an external store needs the length in advance, and others wait for the repository.
    const commit = await packToFile(source, scope, file, { ...packing, signal });
    const { size: sizeBytes } = await stat(file);
    await objects.putObject({ account: scope.account, bucket, key, body: createReadStream(file), sizeBytes });
    return commit;
  } finally {
    await rm(file, { force: true });
  }
}

/** Packs the commit of a source into a file, and returns its id. Throws `JobFailure`. */
export async function packToFile(
  source: GitBuildSource,
  scope: Build['scope'],
  file: string,
  { parts, gitOf, signal }: Pick<PackingParts, 'parts' | 'gitOf'> & { signal: AbortSignal },
): Promise<string> {
  const repository = await findBuildRepository(scope, source, parts);
  const limits = { timeoutMs: fetchTimeoutMs, signal };
  try {
    return await gitOf(scope).cache.use(repository.remote, async (cached) => {
      const id = await fetchRevision(cached, repository, source.ref, limits);
      const { committedAt } = await readCommit(cached, id, limits);
      const tree = await packTree(cached, { commit: id, committedAt, maxBytes: maxTreeBytes }, limits);
      await pipeline(tree, createWriteStream(file), { signal });
      return id;
    });
  } catch (error) {
    throw signal.aborted ? error : gitFailure(error);
  }
}

async function ensureBucket(scope: Build['scope'], { objects }: PackingParts): Promise<void> {
  const { account, region } = scope;
  const bucket = sourceBucket(scope);
  if (await objects.headBucket({ account, bucket })) return;
  await objects.createBucket({ account, bucket, region }).catch((error: unknown) => {
    // Another node was faster.
    if (!(error instanceof Error && error.name === 'BucketAlreadyOwnedByYou')) throw error;
  });
}
