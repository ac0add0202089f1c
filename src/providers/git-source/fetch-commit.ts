import { GitError } from '../../git/git-error.ts';
import { isRefName } from '../../git/ref-name.ts';
import type { CachedRepository } from '../../git/repository-cache.ts';
import { JobFailure } from '../../worker/job-failure.ts';

/**
 * Fetches a commit, by a ref if the server doesn't give commits by their ids. Throws `JobFailure` if it can't be reached
 * from that ref either.
 */
export async function fetchCommit(
  repository: CachedRepository,
  { commit, ref, repositoryName }: { commit: string; ref: string; repositoryName: string },
  limits: { timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  if (!/^[0-9a-f]{40}([0-9a-f]{24})?$/.test(commit)) {
    throw new JobFailure('RevisionUnavailable', `'${commit}' is not the id of a commit.`);
  }
  if (await repository.has(commit, limits)) return;
  try {
    return await repository.fetchCommit(commit, limits);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  try {
    // A hook could name anything as a branch.
    if (isRefName(ref)) await repository.fetchCommit(ref, limits);
  } catch (error) {
    if (!isRefusal(error)) throw error;
  }
  if (await repository.has(commit, limits)) return;
  const name = ref.replace(/^refs\/(heads|tags)\//, '');
  const message = `The repository ${repositoryName} has no commit ${commit} that can be reached from '${name}'.`;
  throw new JobFailure('RevisionUnavailable', message);
}

function isRefusal(error: unknown): boolean {
  return error instanceof GitError && (error.failure === 'missing' || error.failure === 'refused');
}
