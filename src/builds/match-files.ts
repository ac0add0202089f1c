import { readdir, realpath, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import type { BuildLog } from './build-log.ts';
import { BuildFailure } from './build-result.ts';
import { compilePathPattern, isPathPattern } from './path-pattern.ts';

/** The most files that are looked through below a folder. */
const maxFiles = 200_000;

/** The patterns of an artifact or a report. */
export interface FilePatterns {
  files: readonly string[];
  baseDirectory?: string;
  excludePaths?: readonly string[];
}

/** A file or link that matched: its folder, and its path below that. */
export interface MatchedFile {
  base: string;
  name: string;
}

/** Lists the files and links below the source folder that match. Throws BuildFailure if there is no base directory. */
export async function matchFiles(root: string, patterns: FilePatterns, log: BuildLog): Promise<MatchedFile[]> {
  const { baseDirectory, excludePaths = [], files: wanted } = patterns;
  const excluded = excludePaths.map(compilePathPattern);
  const matched: MatchedFile[] = [];
  for (const base of await findBases(root, baseDirectory, log)) {
    const files = (await listBelow(base)).filter((name) => !excluded.some((matches) => matches(name)));
    for (const pattern of wanted) {
      await log.note(`Expanding ${pattern}`);
      const names = files.filter(compilePathPattern(pattern));
      if (names.length === 0) await log.note(`Skipping invalid file path ${pattern}`);
      matched.push(...names.map((name) => ({ base, name })));
    }
  }
  return matched;
}

/** Returns the folders that the patterns are about; a base directory may be a pattern of folders. */
async function findBases(root: string, baseDirectory: string | undefined, log: BuildLog): Promise<string[]> {
  if (baseDirectory === undefined) return [root];
  await log.note(`Expanding base directory path: ${baseDirectory}`);
  const clean = baseDirectory.replace(/^\.\//, '').replace(/\/+$/, '');
  const names = isPathPattern(clean) ? (await listFolders(root)).filter(compilePathPattern(clean)) : [clean];
  const found = await Promise.all(names.map((name) => folderInside(root, name)));
  const bases = found.flatMap((folder) => folder ?? []);
  if (bases.length === 0) {
    throw new BuildFailure('CLIENT_ERROR', `no matching base directory path found for ${baseDirectory}`);
  }
  return bases;
}

async function folderInside(root: string, name: string): Promise<string | undefined> {
  const path = await realpath(join(root, name)).catch(() => undefined);
  if (path === undefined || !isInside(root, path)) return undefined;
  return (await stat(path)).isDirectory() ? path : undefined;
}

/** Reports whether a path is in a folder, or the folder itself. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root + sep);
}

async function listFolders(root: string): Promise<string[]> {
  const entries = await readdir(root, { withFileTypes: true });
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
}

/** Lists files and links below a folder by their paths, without following links to folders. */
async function listBelow(base: string): Promise<string[]> {
  const files: string[] = [];
  const folders = [''];
  for (let folder = folders.shift(); folder !== undefined; folder = folders.shift()) {
    for (const entry of await readdir(join(base, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) folders.push(name);
      else if (entry.isFile() || entry.isSymbolicLink()) files.push(name);
    }
    if (files.length > maxFiles) {
      throw new BuildFailure('CLIENT_ERROR', `patterns match among at most ${maxFiles} files`);
    }
  }
  return files.sort();
}
