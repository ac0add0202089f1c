import type { CallLimits } from './git.ts';
import { GitError } from './git-error.ts';
import type { CachedRepository } from './repository-cache.ts';

/** No protocol is allowed, since git would fetch missing objects, and without this server's credentials. */
const noFetching = { GIT_ALLOW_PROTOCOL: 'none' };

/** Reports whether `older`, which is known here, is in the history of `newer`; otherwise the branch was rewritten. */
export async function isAncestor(
  { program, folder }: CachedRepository,
  { older, newer }: { older: string; newer: string },
  limits: CallLimits,
): Promise<boolean> {
  const printed = await program.run({
    what: `compare ${older} with ${newer}`,
    args: ['rev-list', '--max-count=1', '--end-of-options', older, `^${newer}`],
    repository: folder,
    environment: noFetching,
    ...limits,
  });
  return printed.length === 0;
}

/** Returns the newest commit that two have in their histories; undefined if there is none. */
export async function mergeBase(
  { program, folder }: CachedRepository,
  commits: [string, string],
  limits: CallLimits,
): Promise<string | undefined> {
  try {
    const printed = await program.run({
      what: `compare ${commits.join(' with ')}`,
      args: ['merge-base', '--end-of-options', ...commits],
      repository: folder,
      environment: noFetching,
      ...limits,
    });
    return printed.toString('utf8').trim();
  } catch (error) {
    // It ends with a failure and prints nothing if they have no commit in common.
    if (error instanceof GitError && error.failure === 'refused') return undefined;
    throw error;
  }
}

/**
 * Returns the commit that a pull request is compared with: where its branch parted from the destination, before it was
 * merged there if it was. Undefined if that can't be told, because the destination was moved to its head.
 */
export async function baseOfPullRequest(
  repository: CachedRepository,
  { destination, head }: { destination: string; head: string },
  limits: CallLimits,
): Promise<string | undefined> {
  const base = await mergeBase(repository, [destination, head], limits);
  if (base !== head) return base ?? destination;
  const { program, folder } = repository;
  const printed = await program.run({
    what: `find where ${head} was merged`,
    args: ['rev-list', '--first-parent', '--ancestry-path', '--end-of-options', destination, `^${head}`],
    repository: folder,
    environment: noFetching,
    ...limits,
  });
  const merged = printed.toString('latin1').trimEnd().split('\n').at(-1);
  if (!merged) return undefined;
  const before = await mergeBase(repository, [`${merged}^1`, head], limits);
  return before === head ? undefined : before;
}

/**
 * Lists the files that differ between two commits, at most `limit`, in git's order; a renamed file counts as deleted and
 * added. Without `older` lists those that the newer commit itself changed.
 */
export async function changedFiles(
  { program, folder }: CachedRepository,
  { older, newer, limit }: { older: string | undefined; newer: string; limit: number },
  limits: CallLimits,
): Promise<string[]> {
  const format = ['-r', '-z', '--name-only', '--no-renames', '--no-ext-diff', '--no-textconv'];
  const args =
    older === undefined
      ? ['diff-tree', ...format, '--root', '-m', '--first-parent', '--no-commit-id', '--end-of-options', newer]
      : ['diff-tree', ...format, '--end-of-options', older, newer];
  const { output, input, ended } = program.stream({
    what: `list the files that changed in ${newer}`,
    args,
    repository: folder,
    environment: noFetching,
    ...limits,
  });
  input.end();
  // Who leaves early doesn't learn how the program ended.
  ended.catch(() => undefined);
  const files: string[] = [];
  let rest = '';
  const decoder = new TextDecoder();
  // Chunks are small, and other work gets its turn between them.
  for await (const chunk of output as AsyncIterable<Buffer>) {
    const names = (rest + decoder.decode(chunk, { stream: true })).split('\0');
    rest = names.pop() ?? '';
    for (const name of names) if (files.length < limit) files.push(name);
    if (files.length >= limit) return files;
  }
  await ended;
  return files;
}
