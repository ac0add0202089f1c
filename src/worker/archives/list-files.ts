import type { Stats } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import picomatch from 'picomatch';
import { JobFailure } from '../job-failure.ts';

/** Most files and folders that are packed into an artifact. */
const maxPackedEntries = 100_000;

/** A file or folder to pack into an archive. */
export interface PackedEntry {
  /** Path inside the archive, with slashes. */
  name: string;
  path: string;
  isFolder: boolean;
  mode: number;
  modifiedAt: number;
  sizeBytes: number;
  /** Set if the entry is stored as a symbolic link to this path. */
  linkTarget?: string;
}

/** Lists the contents of a folder in the order of names. Throws JobFailure for what cannot be packed. */
export async function listFolder(folder: string): Promise<PackedEntry[]> {
  const entries: PackedEntry[] = [];
  await listInto(entries, { folder, prefix: '', above: [] });
  return entries;
}

/**
 * Lists the files that match patterns, by their path below `folder`. A pattern without `*?[]{}` is a file, or a folder
 * whose contents go to the top of the archive. Patterns come from the worker's operator and never climb.
 */
export async function listMatches(folder: string, patterns: readonly string[]): Promise<PackedEntry[]> {
  const entries = new Map<string, PackedEntry>();
  for (const pattern of patterns) {
    for (const entry of await listPattern(folder, pattern))
      if (!entries.has(entry.name)) entries.set(entry.name, entry);
  }
  return [...entries.values()];
}

async function listPattern(folder: string, pattern: string): Promise<PackedEntry[]> {
  const { base, isGlob } = picomatch.scan(pattern);
  const path = join(folder, base);
  const status = await stat(path).catch(() => undefined);
  if (!status) return [];
  if (!status.isDirectory()) return isGlob ? [] : [describe(base, path, status)];
  if (!isGlob) return listFolder(path);
  const found: PackedEntry[] = [];
  const matches = picomatch(pattern);
  await listInto(found, { folder: path, prefix: base === '' ? '' : `${base}/`, above: [], matches });
  return found;
}

interface Listing {
  folder: string;
  prefix: string;
  /** Real paths of the parent folders, to detect a loop of links. */
  above: string[];
  /** Selects files; folders are listed only without it. */
  matches?: (name: string) => boolean;
}

async function listInto(entries: PackedEntry[], { above, folder, matches, prefix }: Listing): Promise<void> {
  const here = await realpath(folder);
  if (above.includes(here)) throw refused(`the symbolic link ${prefix || '.'} leads back to one of its parent folders`);
  for (const child of (await readdir(folder)).sort()) {
    const path = join(folder, child);
    const name = `${prefix}${child}`;
    const status = await stat(path).catch((error: Error) => {
      throw refused(`${name} cannot be read, or is a symbolic link to nothing (${error.message})`);
    });
    const isFolder = status.isDirectory();
    if (!matches || (!isFolder && matches(name))) {
      if (!status.isFile() && !isFolder) throw refused(`${name} is neither a file nor a folder`);
      if (entries.length >= maxPackedEntries) throw refused(`it has more than ${maxPackedEntries} files and folders`);
      entries.push(describe(name, path, status));
    }
    if (isFolder) await listInto(entries, { folder: path, prefix: `${name}/`, above: [...above, here], matches });
  }
}

function describe(name: string, path: string, status: Stats): PackedEntry {
  const { mode, mtimeMs: modifiedAt, size: sizeBytes } = status;
  return { name, path, isFolder: status.isDirectory(), mode, modifiedAt, sizeBytes };
}

function refused(why: string): JobFailure {
  return new JobFailure('JobFailed', `The output folder was not packed: ${why}.`);
}
