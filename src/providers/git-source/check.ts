import { baseOfPullRequest, changedFiles, isAncestor, mergeBase } from '../../git/changed-files.ts';
import { readCommit } from '../../git/commits.ts';
import { listRefs, type Ref } from '../../git/git.ts';
import { GitError } from '../../git/git-error.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { CheckTools, GitTools, RepositoryChecks } from '../provider.ts';
import { fetchCommit } from './fetch-commit.ts';
import { checkBranch, findRepository, type GitSource } from './repository.ts';

/** How long reading the branches of a repository may take. */
const listTimeoutMs = 60_000;

/** How long fetching from a repository may take. */
export const fetchTimeoutMs = 15 * 60 * 1000;

/** Returns what source checks do with the repositories of a provider. Throws `JobFailure`. */
export function repositoryChecks(provider: string): RepositoryChecks {
  return {
    async listRefs(location, wanted, { git, signal }) {
      const { remote } = (await findRepository(provider, location, git)).repository;
      return failingAsJob(signal, () => listRefs(git.program, remote, wanted, { timeoutMs: listTimeoutMs, signal }));
    },
    comparePush: (location, push, tools) => withRepository(provider, location, tools, compareWith(push)),
    messageOf: (location, { ref, commit }, tools) =>
      withRepository(provider, location, tools, async ({ repository, repositoryName }, limits) => {
        await fetchCommit(repository, { commit, ref, repositoryName }, limits);
        return (await readCommit(repository, commit, limits)).message;
      }),
    filesOfPullRequest: (location, pullRequest, tools) =>
      withRepository(provider, location, tools, filesSinceBase(pullRequest)),
  };
}

type InRepository<Result> = (
  parts: { repository: Parameters<typeof isAncestor>[0]; repositoryName: string },
  limits: { timeoutMs: number; signal: AbortSignal },
) => Promise<Result>;

async function withRepository<Result>(
  provider: string,
  location: Record<string, string>,
  { git, signal }: CheckTools,
  work: InRepository<Result>,
): Promise<Result> {
  const { repository: declared, repositoryName } = await findRepository(provider, location, git);
  return failingAsJob(signal, () =>
    git.cache.use(declared.remote, (repository) =>
      work({ repository, repositoryName }, { timeoutMs: fetchTimeoutMs, signal }),
    ),
  );
}

/** Compares what was pushed with the history of before: a rewritten one from where both part, if they have a common one. */
function compareWith({
  ref,
  commit,
  older,
  limit,
}: Parameters<RepositoryChecks['comparePush']>[1]): InRepository<{ isRewritten: boolean; files: string[] }> {
  return async ({ repository, repositoryName }, limits) => {
    await fetchCommit(repository, { commit, ref, repositoryName }, limits);
    // The history of the new commit is here, so an older one that isn't is not part of it.
    const isKnown = await repository.has(older, limits);
    const isRewritten = !isKnown || !(await isAncestor(repository, { older, newer: commit }, limits));
    if (limit === 0) return { isRewritten, files: [] };
    const base = isRewritten && isKnown ? await mergeBase(repository, [older, commit], limits) : older;
    const from = isKnown ? (base ?? older) : undefined;
    return { isRewritten, files: await changedFiles(repository, { older: from, newer: commit, limit }, limits) };
  };
}

/** Lists what a pull request would change in its destination: the files since their histories parted. */
function filesSinceBase({
  sourceBranch,
  destinationBranch,
  headCommit,
  limit,
}: Parameters<RepositoryChecks['filesOfPullRequest']>[1]): InRepository<string[]> {
  return async ({ repository, repositoryName }, limits) => {
    const destination = `refs/heads/${checkBranch(destinationBranch)}`;
    const ref = `refs/heads/${checkBranch(sourceBranch)}`;
    await repository.fetchCommit(destination, limits);
    const head = await repository.fetched(limits);
    await fetchCommit(repository, { commit: headCommit, ref, repositoryName }, limits);
    const older = await baseOfPullRequest(repository, { destination: head, head: headCommit }, limits);
    return changedFiles(repository, { older, newer: headCommit, limit }, limits);
  };
}

/** Returns the commit of a branch. Throws `JobFailure` if there is no such branch, or the repository can't be read. */
export async function headOf(
  { repository: { remote }, repositoryName, branch }: GitSource,
  { program, signal }: Pick<GitTools, 'program'> & { signal: AbortSignal },
): Promise<string> {
  const name = `refs/heads/${branch}`;
  const wanted = { branches: true, tags: false, names: [name] };
  const refs = await failingAsJob<Ref[]>(signal, () =>
    listRefs(program, remote, wanted, { timeoutMs: listTimeoutMs, signal }),
  );
  const head = refs.find((ref) => ref.name === name);
  if (head) return head.commit;
  throw new JobFailure('ConfigurationError', `The repository ${repositoryName} has no branch '${branch}'.`);
}

async function failingAsJob<Result>(signal: AbortSignal, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work();
  } catch (error) {
    throw signal.aborted ? error : gitFailure(error);
  }
}

const failureTypes = {
  denied: 'PermissionError',
  missing: 'RevisionUnavailable',
  unreachable: 'SystemUnavailable',
  'too slow': 'SystemUnavailable',
  refused: 'ConfigurationError',
  'too large': 'ConfigurationError',
  'not installed': 'ConfigurationError',
} as const;

/** Turns an error of Git into a failure the pipeline's user can act on; passes others through. */
export function gitFailure(error: unknown): unknown {
  return error instanceof GitError ? new JobFailure(failureTypes[error.failure], error.message, error) : error;
}
