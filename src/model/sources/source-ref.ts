import type { GitPullRequestEventType } from '../../contract/generated.ts';

/** What in a repository an execution is started for; names are those of people, without `refs/heads/` or `refs/tags/`. */
export type SourceRef = { kind: 'branch' | 'tag'; name: string } | ({ kind: 'pullRequest' } & PullRequest);

/** A pull request, as the variables of its executions show it (behaviour D.1). */
interface PullRequest {
  id: string;
  title: string;
  sourceBranch: string;
  destinationBranch: string;
  /** The forge's id of its author. */
  author?: string;
}

/** What happened to a pull request, as a hook said. */
export interface PullRequestEvent extends PullRequest {
  event: GitPullRequestEventType;
  /** The newest commit of its source branch; Bitbucket Cloud abbreviates it to 12 digits. */
  headCommit: string;
}

const branchPrefix = 'refs/heads/';
const tagPrefix = 'refs/tags/';

/** Returns the full name of a branch. */
export function branchRef(name: string): string {
  return `${branchPrefix}${name}`;
}

/** Reads the full name of a branch or tag. */
export function parseRef(ref: string): { kind: 'branch' | 'tag'; name: string } | undefined {
  if (ref.startsWith(branchPrefix)) return { kind: 'branch', name: ref.slice(branchPrefix.length) };
  if (ref.startsWith(tagPrefix)) return { kind: 'tag', name: ref.slice(tagPrefix.length) };
  return undefined;
}
