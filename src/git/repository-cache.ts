import { createHash } from 'node:crypto';
import { mkdir, readdir, rm, stat, utimes } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { type CallLimits, callRemote } from './git.ts';
import { GitError } from './git-error.ts';
import type { GitProgram } from './git-program.ts';
import type { GitRemote } from './remote.ts';

/** A bare repository on this machine that has commits and trees of a remote, and the files that were asked for. */
export interface CachedRepository {
  folder: string;
  program: GitProgram;
  /** Fetches objects by their ids; rejects with `GitError` if there is none. */
  fetch(wanted: string[], limits: CallLimits): Promise<void>;
  /** Fetches a commit, by its id or by the name of a ref, and what is not yet here of its history. */
  fetchCommit(wanted: string, limits: CallLimits): Promise<void>;
  /** Returns the commit that `fetchCommit` has fetched last. */
  fetched(limits: CallLimits): Promise<string>;
  /** Fetches every branch again with the contents of all files, for servers that give no single objects. */
  fetchAll(limits: CallLimits): Promise<void>;
  has(commit: string, limits: CallLimits): Promise<boolean>;
}

/** The bare repositories of this machine, one for each URL. */
export interface RepositoryCache {
  /** Runs `work` alone on the repository of a remote. */
  use<Result>(remote: GitRemote, work: (repository: CachedRepository) => Promise<Result>): Promise<Result>;
}

/**
 * Opens the cache. Only one process uses a folder. A repository that a killed process left locked is made anew, and those
 * used longest ago are removed while all together take more than `maxBytes`.
 */
export async function openRepositoryCache(
  at: string,
  program: GitProgram,
  { maxBytes }: { maxBytes: number },
): Promise<RepositoryCache> {
  // Calls run in other folders.
  const folder = resolve(at);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  await removeLocked(folder);
  const turns = new Map<string, Promise<unknown>>();
  const inUse = new Set<string>();
  const prepare = async (remote: GitRemote, path: string): Promise<CachedRepository> => {
    const fetchFrom = async (options: string[], wanted: string[], limits: CallLimits): Promise<void> => {
      await ensureRepository(program, path, remote.url, limits);
      await callRemote(program, remote, {
        what: `fetch from ${remote.url}`,
        args: [
          ...['fetch', '--quiet', '--no-tags', ...options, '--no-write-fetch-head', '--stdin'],
          ...['--end-of-options', 'origin'],
        ],
        input: `${wanted.join('\n')}\n`,
        repository: path,
        ...limits,
      });
    };
    return {
      folder: path,
      program,
      fetch: (wanted, limits) => fetchFrom(['--filter=blob:none'], wanted, limits),
      // Without a ref of its own git wouldn't know what is here, and fetch the whole history each time.
      fetchCommit: (wanted, limits) => fetchFrom(['--filter=blob:none'], [`+${wanted}:${fetchedRef}`], limits),
      async fetched(limits) {
        const args = ['rev-parse', '--verify', '--end-of-options', `${fetchedRef}^{commit}`];
        const printed = await program.run({ what: 'read a commit', args, repository: path, ...limits });
        return printed.toString('utf8').trim();
      },
      fetchAll: (limits) => fetchFrom(['--refetch', '--no-filter'], ['+refs/heads/*:refs/copies/*'], limits),
      async has(commit, limits) {
        try {
          await stat(join(path, 'HEAD'));
          const args = ['cat-file', '-e', '--end-of-options', `${commit}^{commit}`];
          // No protocol is allowed, since git would fetch a missing object to find it.
          await program.run({ what: 'read a commit', args, repository: path, environment: noFetching, ...limits });
          return true;
        } catch (error) {
          if (error instanceof GitError || isMissingFile(error)) return false;
          throw error;
        }
      },
    };
  };
  return {
    use(remote, work) {
      const name = createHash('sha256').update(remote.url).digest('hex');
      const path = join(folder, name);
      const run = async () => {
        inUse.add(name);
        try {
          return await work(await prepare(remote, path));
        } finally {
          inUse.delete(name);
          await touch(path);
          await removeOldest(folder, { maxBytes, inUse });
        }
      };
      const turn = (turns.get(name) ?? Promise.resolve()).then(run, run);
      const settled = turn
        .catch(() => undefined)
        .then(() => {
          if (turns.get(name) === settled) turns.delete(name);
        });
      turns.set(name, settled);
      return turn;
    },
  };
}

const fetchedRef = 'refs/millrace/fetched';

const noFetching = { GIT_ALLOW_PROTOCOL: 'none' };

async function ensureRepository(program: GitProgram, path: string, url: string, limits: CallLimits): Promise<void> {
  if (await stat(join(path, 'HEAD')).catch(() => undefined)) return;
  await rm(path, { recursive: true, force: true });
  const what = 'prepare the copy of a repository';
  await program.run({ what, args: ['init', '--quiet', '--bare', '--end-of-options', path], ...limits });
  const settings = [
    ['remote.origin.url', url],
    ['remote.origin.promisor', 'true'],
    ['remote.origin.partialclonefilter', 'blob:none'],
    ['extensions.partialClone', 'origin'],
  ] as const;
  for (const [name, value] of settings) {
    await program.run({ what, args: ['config', name, value], repository: path, ...limits });
  }
}

function isMissingFile(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT';
}

async function touch(path: string): Promise<void> {
  const now = new Date();
  await utimes(path, now, now).catch(() => undefined);
}

/** A process that was killed leaves lock files, which would refuse every later call. */
async function removeLocked(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    const files = await readdir(join(folder, name), { recursive: true }).catch(() => []);
    if (files.some((file) => file.endsWith('.lock'))) await rm(join(folder, name), { recursive: true, force: true });
  }
}

async function removeOldest(folder: string, { maxBytes, inUse }: { maxBytes: number; inUse: Set<string> }) {
  const repositories = await Promise.all(
    (await readdir(folder)).map(async (name) => {
      const path = join(folder, name);
      const { mtimeMs } = await stat(path).catch(() => ({ mtimeMs: 0 }));
      return { name, path, usedAt: mtimeMs, bytes: await sizeOf(path) };
    }),
  );
  let bytes = repositories.reduce((sum, repository) => sum + repository.bytes, 0);
  for (const repository of repositories.sort((left, right) => left.usedAt - right.usedAt)) {
    if (bytes <= maxBytes) return;
    if (inUse.has(repository.name)) continue;
    await rm(repository.path, { recursive: true, force: true });
    bytes -= repository.bytes;
  }
}

async function sizeOf(folder: string): Promise<number> {
  let bytes = 0;
  for (const entry of await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => [])) {
    if (entry.isFile()) bytes += (await stat(join(entry.parentPath, entry.name)).catch(() => ({ size: 0 }))).size;
  }
  return bytes;
}
