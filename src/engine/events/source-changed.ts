import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import type { FoundRevision } from '../../model/source-watch.ts';
import { startExecution } from './start-execution.ts';

/**
 * Starts an execution for what a look at a watched source found, bound to that revision, and answers its id; undefined
 * when there is nothing to start. The snapshot must tell of the watch. An execution that has taken the revision counts,
 * however it was started, so that no revision is released twice; while one is taking what is there, a later look decides.
 */
export function sourceChanged(
  snapshot: Snapshot,
  { actionName, cursor, revisionId }: FoundRevision & { actionName: string },
  moment: Moment,
): Decision<string | undefined> {
  const { source } = snapshot;
  if (!source || source.seen === cursor || source.isBeingTaken) return { changes: [], answer: undefined };
  const seen = { kind: 'sourceSeen', actionName, cursor } as const;
  // Without versions nothing says whether the execution that the creation started has taken what the first look finds.
  const isFirst = source.seen === undefined && revisionId === undefined;
  if (source.isKnown || isFirst) return { changes: [seen], answer: undefined };
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
  return { ...started, changes: [seen, ...started.changes] };
}
