import { execFile } from 'node:child_process';
import { lstat, readdir, readlink, stat } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import type { Commit } from '../git/commits.ts';
import { listFolder, type PackedEntry } from '../worker/archives/list-files.ts';

const run = promisify(execFile);

/** A folder of this machine that stands for the repository or bucket of a source action. */
export interface SourceFolder {
  path: string;
  /** What Git knows about it; absent if it is no work tree. */
  git?: GitFacts;
}

/** The state of a work tree. */
interface GitFacts {
  commit: Commit;
  /** Absent if no branch is checked out. */
  branch?: string;
  /** Whether files differ from the commit. */
  isDirty: boolean;
}

/** A folder that cannot be a source; the message says why. */
export class SourceFolderError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'SourceFolderError';
  }
}

/** Most files of a source, like that of other archives. */
const maxFiles = 100_000;
const maxListBytes = 64 * 1024 * 1024;

/** The first day that every archive can hold in every time zone. */
const earliestDate = Date.UTC(1980, 0, 2);

const executable = 0o100755;
const regular = 0o100644;

/** Reads the Git facts of a folder. Throws SourceFolderError if there is none. */
export async function readSourceFolder(given: string): Promise<SourceFolder> {
  const path = resolve(given);
  const status = await stat(path).catch(() => undefined);
  if (!status?.isDirectory()) throw new SourceFolderError(`there is no folder ${given}`);
  const git = await readGitFacts(path);
  return { path, ...(git && { git }) };
}

/**
 * Lists the files of a folder in the order of names: of a work tree those that are not ignored, committed or not. Links are
 * stored as text files with their target, as sources have them.
 */
export async function listSourceFiles({ path, git }: SourceFolder): Promise<PackedEntry[]> {
  const names = git ? await listWorkTree(path) : await listBelow(path, '');
  const entries: PackedEntry[] = [];
  for (const name of names) {
    const file = join(path, name);
    const found = await lstat(file).catch(() => undefined);
    // Git also lists files that were removed, and folders of other repositories.
    if (!found || !(found.isFile() || found.isSymbolicLink())) continue;
    const mode = found.mode & 0o111 && found.isFile() ? executable : regular;
    // The same files give the same bytes, whenever they were checked out.
    const modifiedAt = git?.commit.committedAt ?? earliestDate;
    const entry = { name, path: file, isFolder: false, mode, modifiedAt, sizeBytes: found.size };
    entries.push(found.isSymbolicLink() ? { ...entry, linkTarget: await readlink(file) } : entry);
  }
  return entries;
}

/**
 * Lists the repository of a work tree, as a full clone has it; without hooks, which no clone has. Throws SourceFolderError if
 * the folder is not the top of a repository of its own.
 */
export async function listRepository({ path, git }: SourceFolder): Promise<PackedEntry[]> {
  const folder = join(path, '.git');
  const found = await lstat(folder).catch(() => undefined);
  if (!found?.isDirectory() || !git) {
    throw new SourceFolderError(`the action asks for a full clone, and ${path} is not the top of a Git repository`);
  }
  const modifiedAt = git.commit.committedAt;
  const entries = await listFolder(folder);
  return entries
    .filter(({ name }) => !name.startsWith('hooks/'))
    .map((entry) => ({ ...entry, name: `.git/${entry.name}`, modifiedAt }));
}

async function readGitFacts(path: string): Promise<GitFacts | undefined> {
  const format = ['%H', '%an', '%ae', '%aI', '%ct', '%B'].join('%x00');
  const printed = await git(path, 'log', '-1', '--no-show-signature', `--format=${format}`).catch(() => undefined);
  if (printed === undefined) return undefined;
  const [id = '', authorName = '', authorEmail = '', authoredAt = '', seconds = '', message = ''] = printed.split('\0');
  const branch = await git(path, 'symbolic-ref', '--quiet', '--short', 'HEAD').catch(() => '');
  const changes = await git(path, 'status', '--porcelain', '--', '.').catch(() => '');
  return {
    commit: {
      id,
      authorName,
      authorEmail,
      authoredAt,
      committedAt: Number(seconds) * 1000,
      message: message.trimEnd(),
    },
    ...(branch !== '' && { branch: branch.trim() }),
    isDirty: changes !== '',
  };
}

async function listWorkTree(path: string): Promise<string[]> {
  const printed = await git(path, 'ls-files', '-z', '--cached', '--others', '--exclude-standard');
  const names = [...new Set(printed.split('\0').filter((name) => name !== ''))].sort();
  return checkCount(names, path);
}

async function listBelow(root: string, prefix: string, found: string[] = []): Promise<string[]> {
  for (const child of await readdir(join(root, prefix), { withFileTypes: true })) {
    const name = `${prefix}${child.name}`;
    if (child.name === '.git') continue;
    if (child.isDirectory()) await listBelow(root, `${name}/`, found);
    else found.push(name);
    checkCount(found, root);
  }
  return prefix === '' ? found.sort() : found;
}

function checkCount(names: string[], path: string): string[] {
  if (names.length <= maxFiles) return names;
  throw new SourceFolderError(`${path} has more than ${maxFiles} files; name a smaller folder`);
}

/** Runs `git` in a folder, whichever repository this process was called from. */
async function git(folder: string, ...args: string[]): Promise<string> {
  const environment = Object.entries(process.env).filter(
    ([name]) => !/^GIT_(DIR|WORK_TREE|INDEX_FILE|PREFIX)$/.test(name),
  );
  const { stdout } = await run('git', ['-C', folder, ...args], {
    env: { ...Object.fromEntries(environment), GIT_OPTIONAL_LOCKS: '0' },
    maxBuffer: maxListBytes,
  });
  return stdout;
}
