import { constants } from 'node:fs';
import { lstat, readlink, realpath, stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import type { Artifact } from '../buildspec/buildspec.ts';
import type { PackedEntry } from '../worker/archives/list-files.ts';
import type { BuildLog } from './build-log.ts';
import { BuildFailure } from './build-result.ts';
import { isInside, matchFiles } from './match-files.ts';

/** Lists the files of an artifact below the source folder. Throws BuildFailure if there are none. */
export async function collectArtifact(source: string, artifact: Artifact, log: BuildLog): Promise<PackedEntry[]> {
  const root = await realpath(source);
  const entries = new Map<string, PackedEntry>();
  for (const { base, name } of await matchFiles(root, artifact, log)) {
    const entry = await entryOf(root, base, name, artifact);
    if (entry) entries.set(entry.name, entry);
  }
  if (entries.size === 0) throw new BuildFailure('CLIENT_ERROR', 'no matching artifact paths found');
  await log.note(`Found ${entries.size} file(s)`);
  return [...entries.values()];
}

/** Returns a file, or what a link to a file names, or the link itself; undefined for a link to a folder. */
async function entryOf(
  root: string,
  base: string,
  name: string,
  { discardsPaths, keepsSymlinks }: Artifact,
): Promise<PackedEntry | undefined> {
  const nameInArchive = discardsPaths ? basename(name) : name;
  if (keepsSymlinks) {
    const link = join(base, name);
    const { mode, mtimeMs } = await lstat(link);
    const entry = { name: nameInArchive, path: link, isFolder: false, mode, modifiedAt: mtimeMs, sizeBytes: 0 };
    if ((mode & constants.S_IFMT) === constants.S_IFLNK) return { ...entry, linkTarget: await readlink(link) };
  }
  const path = await realpath(join(base, name)).catch(() => undefined);
  // A link can name any file of the machine that the build itself could not read.
  if (path === undefined || !isInside(root, path)) {
    throw new BuildFailure('CLIENT_ERROR', `${name} is a link to something outside of the source folder`);
  }
  const status = await stat(path);
  if (!status.isFile()) return undefined;
  const { mode, mtimeMs, size } = status;
  return {
    name: nameInArchive,
    path,
    isFolder: false,
    mode,
    modifiedAt: mtimeMs,
    sizeBytes: size,
  };
}
