import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { cp, mkdir, mkdtemp, realpath } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';
import type { CageKind } from '../cages/cage.ts';
import { createGrowingMask } from '../masking/growing-mask.ts';
import { packEntries } from '../worker/archives/pack-folder.ts';
import type { WriteLog } from './build-log.ts';
import type { BuildRequest, BuiltArtifact, ValueSource } from './build-request.ts';
import type { BuildResult } from './build-result.ts';
import { removeTree } from './remove-tree.ts';
import { runBuild } from './run-build.ts';

const run = promisify(execFile);

/** A build of a folder of this machine, without a server. */
export interface LocalBuild {
  source: string;
  /** Other sources by their name. */
  secondarySources: Record<string, string>;
  /** A file below the source; by default `buildspec.yml`. */
  buildspec?: string;
  /** Where archives of the artifacts go; without it they are not made. */
  artifactFolder?: string;
  variables: Record<string, string>;
  /** Copied to the home folder of the build as `.aws`. */
  awsFolder?: string;
  region: string;
  values: ValueSource;
  cage: CageKind;
  image?: string;
  hasNetwork: boolean;
  timeoutMs: number;
  /** Where `cache` paths are kept from build to build. */
  cacheFolder?: string;
  /** Whether commands change the source itself, and not a copy. */
  isInPlace: boolean;
  /** Whether the folders of the build stay. */
  isKept: boolean;
  /** Which build of a batch this is. */
  batchIdentifier?: string;
  write: WriteLog;
  signal: AbortSignal;
}

/** How a local build ended, and where its folders are if they were kept. */
export interface LocalBuildEnd extends BuildResult {
  keptFolder?: string;
  /** The archives that were made. */
  artifacts: string[];
}

/** Runs a build of a folder. Rejects if a folder can't be read or written, or the cage can't be opened. */
export async function runLocalBuild(build: LocalBuild): Promise<LocalBuildEnd> {
  const root = await mkdtemp(join(await realpath(tmpdir()), 'millrace-build-'));
  const artifacts: string[] = [];
  try {
    const request = await requestOf(build, root, artifacts);
    const result = await runBuild(request);
    return { ...result, artifacts, ...(build.isKept && { keptFolder: root }) };
  } finally {
    if (!build.isKept) await removeTree(root);
  }
}

async function requestOf(build: LocalBuild, root: string, artifacts: string[]): Promise<BuildRequest> {
  const { artifactFolder, awsFolder, buildspec, cage, image, isInPlace, region, signal, values, variables } = build;
  const source = await realpath(build.source);
  const name = basename(source).replaceAll(/[^A-Za-z0-9_-]/g, '-') || 'build';
  const copied = async (from: string, to: string) => {
    if (isInPlace) return from;
    await cp(from, to, { recursive: true, verbatimSymlinks: true, preserveTimestamps: true });
    return to;
  };
  const folders = {
    source: await copied(source, join(root, 'src')),
    secondarySources: {} as Record<string, string>,
    temporary: join(root, 'tmp'),
    home: join(root, 'home'),
  };
  for (const [identifier, folder] of Object.entries(build.secondarySources)) {
    folders.secondarySources[identifier] = await copied(await realpath(folder), join(root, 'secSrc', identifier));
  }
  for (const folder of [folders.temporary, folders.home]) await mkdir(folder);
  if (awsFolder !== undefined) await cp(awsFolder, join(folders.home, '.aws'), { recursive: true });
  if (artifactFolder !== undefined) await mkdir(artifactFolder, { recursive: true });
  const commit = await commitOf(source);
  return {
    facts: {
      id: `${name}:${randomUUID()}`,
      initiator: 'local',
      region,
      isCi: false,
      ...(build.batchIdentifier !== undefined && { batchIdentifier: build.batchIdentifier }),
      sourceVersion: source,
      ...(commit !== undefined && { resolvedSourceVersion: commit }),
      ...(image !== undefined && { image }),
    },
    folders,
    ...(buildspec !== undefined && { buildspec: { path: buildspec } }),
    variables: { project: {}, start: variables },
    values,
    cage,
    ...(image !== undefined && { image }),
    hasNetwork: build.hasNetwork,
    timeoutMs: build.timeoutMs,
    ...(build.cacheFolder !== undefined && { cacheFolder: resolve(build.cacheFolder) }),
    serviceVariables: {},
    mask: createGrowingMask(),
    write: build.write,
    now: Date.now,
    signal,
    wantedArtifacts:
      artifactFolder === undefined ? { hasPrimary: false, secondary: [] } : { hasPrimary: true, secondary: 'all' },
    async store({ identifier = 'artifacts', entries }: BuiltArtifact) {
      const file = resolve(artifactFolder ?? '', `${identifier}.zip`);
      await pipeline(packEntries(entries), createWriteStream(file));
      artifacts.push(file);
    },
  };
}

/** Returns the commit that a folder is at; undefined if it is no work tree, or there is no `git`. */
async function commitOf(source: string): Promise<string | undefined> {
  const found = await run('git', ['-C', source, 'rev-parse', '--verify', 'HEAD']).catch(() => undefined);
  return found?.stdout.trim();
}
