import { listRefs } from '../../git/git.ts';
import { GitError } from '../../git/git-error.ts';
import { JobFailure } from '../../worker/job-failure.ts';
import type { FoundRevision, GitTools } from '../provider.ts';
import { findSource, type GitSource } from './repository.ts';

/** How long reading the branches of a repository may take. */
const listTimeoutMs = 60_000;

/** Finds the commit of the branch of a source action. Throws `JobFailure`. */
export async function checkGitSource(
  provider: string,
  location: Record<string, string>,
  tools: GitTools & { signal: AbortSignal },
): Promise<FoundRevision> {
  const commit = await headOf(await findSource(provider, location, tools), tools);
  return { cursor: commit, revisionId: commit };
}

/** Returns the commit of a branch. Throws `JobFailure` if there is no such branch, or the repository can't be read. */
export async function headOf(
  { repository: { remote }, repositoryName, branch }: GitSource,
  { program, signal }: Pick<GitTools, 'program'> & { signal: AbortSignal },
): Promise<string> {
  const name = `refs/heads/${branch}`;
  const refs = await listRefs(program, remote, [name], { timeoutMs: listTimeoutMs, signal }).catch((error: unknown) => {
    throw signal.aborted ? error : gitFailure(error);
  });
  const head = refs.find((ref) => ref.name === name);
  if (head) return head.commit;
  throw new JobFailure('ConfigurationError', `The repository ${repositoryName} has no branch '${branch}'.`);
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
