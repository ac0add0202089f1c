import { type CallLimits, listRefs } from '../../git/git.ts';
import { GitError } from '../../git/git-error.ts';
import { isBranchName, isRefName } from '../../git/ref-name.ts';
import type { CachedRepository } from '../../git/repository-cache.ts';
import { fetchCommit } from '../../providers/git-source/fetch-commit.ts';
import type { DeclaredRepository } from '../../providers/provider.ts';
import { JobFailure } from '../../worker/job-failure.ts';

/**
 * Fetches the commit that a source version means, and returns its id: a commit id, a branch, a tag, `pr/<number>`, or by
 * default the head of the repository. Throws `JobFailure` if there is none.
 */
export async function fetchRevision(
  repository: CachedRepository,
  { remote, providerType }: DeclaredRepository,
  version: string | undefined,
  limits: CallLimits,
): Promise<string> {
  const repositoryName = remote.url;
  // `refs/heads/main^{<commit>}` is a commit with the branch that it is on.
  const [, ref, commit] = /^(.*?)(?:\^\{)?([0-9a-f]{40}(?:[0-9a-f]{24})?)\}?$/.exec(version ?? '') ?? [];
  if (commit !== undefined) {
    await fetchCommit(repository, { commit, ref: ref || 'HEAD', repositoryName }, limits);
    return commit;
  }
  const name = await refOf(repository, { remote, providerType }, version, limits);
  try {
    await repository.fetchCommit(name, limits);
  } catch (error) {
    if (error instanceof GitError && error.failure === 'missing') throw noRevision(repositoryName, version);
    throw error;
  }
  return repository.fetched(limits);
}

/** Returns the name of the ref that a source version means. */
async function refOf(
  { program }: CachedRepository,
  { remote, providerType }: DeclaredRepository,
  version: string | undefined,
  limits: CallLimits,
): Promise<string> {
  if (version === undefined) return 'HEAD';
  const [, number] = /^pr\/(\d{1,15})$/.exec(version) ?? [];
  if (number !== undefined) {
    return providerType.startsWith('GitLab') ? `refs/merge-requests/${number}/head` : `refs/pull/${number}/head`;
  }
  if (isRefName(version)) return version;
  if (!isBranchName(version)) throw noRevision(remote.url, version);
  const names = [`refs/heads/${version}`, `refs/tags/${version}`];
  const refs = await listRefs(program, remote, { branches: true, tags: true, names }, limits);
  const found = names.find((name) => refs.some((one) => one.name === name));
  if (found === undefined) throw noRevision(remote.url, version);
  return found;
}

function noRevision(repositoryName: string, version = 'HEAD'): JobFailure {
  return new JobFailure(
    'RevisionUnavailable',
    `The repository ${repositoryName} has no branch, tag or commit '${version}'. A commit is named by its whole id.`,
  );
}
