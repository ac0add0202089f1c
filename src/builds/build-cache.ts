import { randomUUID } from 'node:crypto';
import { cp, lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildFolders } from '../cages/cage.ts';
import type { BuildLog } from './build-log.ts';
import { matchFiles } from './match-files.ts';

/** The most bytes that a build leaves for the next one. */
const maxCacheBytes = 8 * 1024 ** 3;

const mostAttempts = 5;

/** Where paths of a cache are: below the source, or below the home folder that commands see. */
interface CachePlace {
  name: 'source' | 'home';
  folder: string;
  patterns: string[];
}

/** Copies what an earlier build left into the folders of this one. A build goes on without what can't be copied. */
export async function restoreCache(folder: string, { source, home }: BuildFolders, log: BuildLog): Promise<void> {
  for (const [name, to] of Object.entries({ source, home })) {
    const from = join(folder, name);
    if (!(await stat(from).catch(() => undefined))) continue;
    const said = await cp(from, to, {
      recursive: true,
      verbatimSymlinks: true,
      preserveTimestamps: true,
      force: false,
    }).then(
      () => `Restored the cache of the ${name} folder`,
      (error: unknown) => `The cache of the ${name} folder was not restored as a whole: ${textOf(error)}`,
    );
    await log.note(said);
  }
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/**
 * Replaces a cache by the files that match its paths: relative ones are below the source, those that begin with the home
 * folder of the cage below that. The new one appears as a whole, so that a killed build leaves the old one. A build does
 * not fail because its cache can't be kept.
 */
export async function saveCache(
  folder: string,
  paths: readonly string[],
  { outside, inside }: { outside: BuildFolders; inside: BuildFolders },
  log: BuildLog,
): Promise<void> {
  // Builds of a project may run at the same time.
  const next = `${folder}.${randomUUID()}`;
  try {
    const bytes = await copyMatches(await placesOf(paths, outside, inside, log), next, log);
    await replaceFolder(folder, next);
    await log.note(`Kept ${bytes} bytes in the cache`);
  } catch (error) {
    await log.note(`The cache is not kept: ${textOf(error)}`);
  } finally {
    await rm(next, { recursive: true, force: true });
  }
}

/** Copies what matches and returns its bytes. Throws if there are too many. */
async function copyMatches(places: readonly CachePlace[], to: string, log: BuildLog): Promise<number> {
  let bytes = 0;
  await mkdir(to, { recursive: true });
  for (const { folder, name: place, patterns } of places) {
    for (const { base, name } of await matchFiles(folder, { files: patterns }, log)) {
      bytes += (await lstat(join(base, name))).size;
      if (bytes > maxCacheBytes) throw new Error(`it has more than ${maxCacheBytes / 1024 ** 3} GiB`);
      const copy = join(to, place, name);
      await mkdir(dirname(copy), { recursive: true });
      await cp(join(base, name), copy, { verbatimSymlinks: true, preserveTimestamps: true });
    }
  }
  return bytes;
}

/** Puts a folder in the place of another one. If a build at the same time was faster, its folder is replaced too. */
async function replaceFolder(folder: string, next: string): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await rm(folder, { recursive: true, force: true });
    try {
      return await rename(next, folder);
    } catch (error) {
      const isTaken = error instanceof Error && 'code' in error && ['ENOTEMPTY', 'EEXIST'].includes(String(error.code));
      if (!isTaken || attempt === mostAttempts) throw error;
    }
  }
}

async function placesOf(
  paths: readonly string[],
  outside: BuildFolders,
  inside: BuildFolders,
  log: BuildLog,
): Promise<CachePlace[]> {
  const source: CachePlace = { name: 'source', folder: outside.source, patterns: [] };
  const home: CachePlace = { name: 'home', folder: outside.home, patterns: [] };
  // Buildspecs write `/root`, also where the home folder has another path.
  const homes = [inside.home, '/root'].map((path) => `${path}/`);
  for (const path of paths) {
    const prefix = homes.find((known) => path.startsWith(known));
    if (prefix !== undefined) home.patterns.push(path.slice(prefix.length));
    else if (!path.startsWith('/')) source.patterns.push(path);
    else await log.note(`Skipping cache path ${path}: only paths of the source and of ${inside.home} are kept`);
  }
  return [source, home].filter(({ patterns }) => patterns.length > 0);
}
