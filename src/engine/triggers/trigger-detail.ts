import type { SourceRef } from '../../model/sources/source-ref.ts';

/** The longest detail of a trigger that the API may return. */
const maxDetailCharacters = 1024;

/**
 * Describes what started an execution, as JSON with the names that events use (behaviour E.1). What AWS shows for such a
 * trigger is unknown.
 */
export function detailOf(
  ref: SourceRef,
  { commit, location, event }: { commit: string; location: Record<string, string>; event?: string },
): string {
  const named =
    ref.kind === 'pullRequest'
      ? {
          'pull-request-id': ref.id,
          'pull-request-event': event,
          'source-branch-name': ref.sourceBranch,
          'destination-branch-name': ref.destinationBranch,
        }
      : { [`${ref.kind}-name`]: ref.name };
  const detail = {
    ...named,
    'commit-id': commit,
    'full-repository-name': location.FullRepositoryId,
    'connection-arn': location.ConnectionArn,
  };
  const text = JSON.stringify(detail);
  return text.length <= maxDetailCharacters ? text : JSON.stringify({ 'commit-id': commit });
}
