import type { Decision, Moment } from '../../model/decision.ts';
import type { SourceRevision } from '../../model/execution.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { startExecution } from './start-execution.ts';

/** The result of PutActionRevision. */
export interface RevisionReceipt {
  executionId: string;
  /** Whether the revision is new to the pipeline, as the name says; AWS's texts contradict it. */
  isNew: boolean;
}

/**
 * Starts an execution with its source action bound to the given revision, even if the revision is known (behaviour
 * A.10). Needs `isKnownRevision` of the snapshot.
 */
export function putActionRevision(
  snapshot: Snapshot,
  { revision, callerArn }: { revision: SourceRevision; callerArn: string },
  moment: Moment,
): Decision<RevisionReceipt> {
  const started = startExecution(
    snapshot,
    { triggerType: 'PutActionRevision', triggerDetail: callerArn, sourceBindings: [revision] },
    moment,
  );
  if ('refuse' in started) return started;
  return { ...started, answer: { executionId: started.answer, isNew: snapshot.isKnownRevision !== true } };
}
