import { cp, lstat, mkdir, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { BuildFolders } from '../cages/cage.ts';
import type { BuildLog } from './build-log.ts';
import { matchFiles } from './match-files.ts';

/** The most bytes that a build leaves for the next one. */
const maxCacheBytes = 8 * 1024 ** 3;

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
 * folder of the cage below that. The new one appears as a whole, so that a killed build leaves the old one.
 */
export async function saveCache(
  folder: string,
  paths: readonly string[],
  { outside, inside }: { outside: BuildFolders; inside: BuildFolders },
  log: BuildLog,
): Promise<void> {
  const next = `${folder}.next`;
  await rm(next, { recursive: true, force: true });
  let bytes = 0;
  for (const place of await placesOf(paths, outside, inside, log)) {
    for (const { base, name } of await matchFiles(place.folder, { files: place.patterns }, log)) {
      bytes += (await lstat(join(base, name))).size;
      if (bytes > maxCacheBytes) {
        await rm(next, { recursive: true, force: true });
        return log.note(`The cache is not kept: it has more than ${maxCacheBytes / 1024 ** 3} GiB`);
      }
      const to = join(next, place.name, name);
      await mkdir(dirname(to), { recursive: true });
      await cp(join(base, name), to, { verbatimSymlinks: true, preserveTimestamps: true });
    }
  }
  await rm(folder, { recursive: true, force: true });
  await mkdir(next, { recursive: true });
  await rename(next, folder);
  await log.note(`Kept ${bytes} bytes in the cache`);
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
