import type { Decision } from '../../model/decision.ts';
import type { SourceRevision } from '../../model/execution.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { startExecution } from './start-execution.ts';

/** What PutActionRevision answers. */
export interface RevisionReceipt {
  executionId: string;
  /** Whether the pipeline has not met the revision before: the name's sense, where the texts contradict it. */
  isNew: boolean;
}

/**
 * Starts an execution whose source action is bound to the announced revision, also for a revision that was there
 * before (behaviour A.10). The snapshot must tell whether it was.
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
