import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { FoundRevision } from '../../model/sources/source-watch.ts';
import { startExecution } from './start-execution.ts';

/**
 * Starts an execution for a revision that a source check found, and returns its id, or undefined if there is nothing to
 * start. A revision that any execution has used is not released again, one that a ref names only if that was since it moved;
 * while an execution is fetching the source, the next check decides. Needs `source` of the snapshot.
 */
export function sourceChanged(
  snapshot: Snapshot,
  { actionName, cursor, revisionId, ref }: FoundRevision & { actionName: string },
  moment: Moment,
): Decision<string | undefined> {
  const { source } = snapshot;
  if (!source || source.seen === cursor || source.isBeingFetched) return { changes: [], answer: undefined };
  const seen = (isStarted: boolean): Change =>
    ref === undefined
      ? { kind: 'sourceSeen', actionName, cursor }
      : { kind: 'refSeen', actionName, ref, commit: cursor, isStarted };
  // Without versions it is unknown whether the execution started by the creation used what the first check finds.
  const isFirst = source.seen === undefined && revisionId === undefined;
  if (source.isKnown || isFirst) return { changes: [seen(false)], answer: undefined };
  const started = startExecution(
    snapshot,
    {
      triggerType: 'PollForSourceChanges',
      triggerDetail: actionName,
      ...(revisionId === undefined ? {} : { sourceBindings: [{ actionName, revisionId }] }),
    },
    moment,
  );
  if ('refuse' in started) return started;
  return { ...started, changes: [seen(true), ...started.changes] };
}
