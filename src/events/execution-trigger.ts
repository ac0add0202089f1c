import type { SourceBinding } from '../model/execution.ts';
import { isSourceChange, type StoredEvent } from '../model/stored-event.ts';

/** Members of an event about a Git source by the output variable that has them. */
const members = {
  AuthorDisplayName: 'author-display-name',
  FullRepositoryName: 'full-repository-name',
  RepositoryName: 'full-repository-name',
  ProviderType: 'provider-type',
  AuthorEmail: 'author-email',
  CommitMessage: 'commit-message',
  AuthorDate: 'author-date',
  TagName: 'tag-name',
  BranchName: 'branch-name',
  CommitId: 'commit-id',
  ConnectionArn: 'connection-arn',
  AuthorId: 'author-id',
} as const;

/**
 * Returns what started an execution. For a change in a Git repository that is the commit, as far as it is known: its author
 * and message are, once the source action has fetched it.
 */
export function executionTrigger(
  { execution, sourceVariables = {} }: Extract<StoredEvent, { kind: 'pipeline' }>,
  mask: (text: string) => string,
): Record<string, string> {
  const { triggerType, triggerDetail } = execution.trigger;
  const [bound] = execution.sourceBindings;
  const trigger: Record<string, string> = {
    'trigger-type': triggerType,
    ...(triggerDetail !== undefined && { 'trigger-detail': triggerDetail }),
    ...(bound && isSourceChange(triggerType) && knownOf(bound)),
  };
  for (const [variable, member] of Object.entries(members)) {
    const value = sourceVariables[variable];
    if (value !== undefined && value !== '') trigger[member] = mask(value);
  }
  return trigger;
}

/** Returns what is known of a change from the start. */
function knownOf({ revisionId = '', ref }: SourceBinding): Record<string, string> {
  return {
    ...(commit.test(revisionId) && { 'commit-id': revisionId }),
    ...(ref?.kind === 'branch' && { 'branch-name': ref.name }),
    ...(ref?.kind === 'tag' && { 'tag-name': ref.name }),
    ...(ref?.kind === 'pullRequest' && { 'branch-name': ref.sourceBranch }),
  };
}

const commit = /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/;
