import type { Commit } from '../../git/commits.ts';
import type { StartedRef } from '../provider.ts';
import type { GitSource } from './repository.ts';

/** The longest commit message in a variable: all variables of an action together have a limit. */
const maxMessageCharacters = 10_000;

/** Returns the output variables of a source action (behaviour D.1). */
export function variablesOf(
  provider: string,
  { repositoryName, branch, repository, ref }: GitSource & { ref?: StartedRef },
  commit: Commit,
  properties: Record<string, string>,
): Record<string, string> {
  const shared = {
    AuthorDate: commit.authoredAt,
    ...namesOf(ref, branch),
    CommitId: commit.id,
    CommitMessage: commit.message.slice(0, maxMessageCharacters),
  };
  const committed = { CommitterDate: new Date(commit.committedAt).toISOString().replace('.000Z', 'Z') };
  if (provider === 'CodeCommit') return { ...shared, ...committed, RepositoryName: repositoryName };
  if (provider === 'GitHub') {
    const CommitUrl = `https://github.com/${properties.Owner}/${properties.Repo}/commit/${commit.id}`;
    return { ...shared, ...committed, CommitUrl, RepositoryName: repositoryName };
  }
  return {
    ...shared,
    AuthorDisplayName: commit.authorName,
    AuthorEmail: commit.authorEmail,
    // The forge's id of the author, which a commit does not have.
    AuthorId: ref?.kind === 'pullRequest' ? (ref.author ?? '') : '',
    ConnectionArn: properties.ConnectionArn ?? '',
    FullRepositoryName: repositoryName,
    ProviderType: repository.providerType,
  };
}

/** Names what the execution was started for; that of a tag has the action's branch as well. */
function namesOf(ref: StartedRef | undefined, branch: string): Record<string, string> {
  switch (ref?.kind) {
    case undefined:
      return { BranchName: branch };
    case 'branch':
      return { BranchName: ref.name };
    case 'tag':
      return { BranchName: branch, TagName: ref.name };
    case 'pullRequest':
      return {
        PullRequestId: ref.id,
        PullRequestTitle: ref.title,
        SourceBranchName: ref.sourceBranch,
        DestinationBranchName: ref.destinationBranch,
      };
  }
}
