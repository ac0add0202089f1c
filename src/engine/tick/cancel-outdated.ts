import type { Change } from '../../model/change.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isEndedAction, isInside } from '../../model/status.ts';
import { modeOf } from '../modes/index.ts';
import { failUnanswered, waitingApprovals } from './waiting-approvals.ts';

/**
 * Whether the pipeline was updated after the execution started, and its mode lets no execution outlive that (behaviour
 * C.2.4).
 */
export function isOutdated({ pipeline }: Snapshot, execution: ExecutionSnapshot): boolean {
  return modeOf(execution).endsWithUpdate && execution.pipelineVersion !== pipeline.version;
}

/**
 * Ends an outdated execution: a waiting one at once, one inside a stage when its started actions have ended, whatever
 * their outcome was (behaviour C.2.4). Until then nothing further of it starts and the stage stays locked.
 */
export function cancelOutdated(execution: ExecutionSnapshot): Change[] {
  if (execution.actions.some(({ status }) => !isEndedAction(status))) return [];
  const stageName = heldStage(execution);
  const cancelled: Change = { kind: 'executionEnded', executionId: execution.id, status: 'Cancelled' };
  if (stageName === undefined) return [cancelled];
  return [{ kind: 'stageEnded', executionId: execution.id, stageName, status: 'Cancelled' }, cancelled];
}

/** Nobody is asked any more for an approval of an outdated execution; `at` in ms (behaviour C.2.4). */
export function cancelApprovals(execution: ExecutionSnapshot, at: number): Change[] {
  const error = { code: 'ApprovalCanceled', message: 'The approval action has been canceled.' };
  return waitingApprovals(execution).map((action) => failUnanswered(action, error, at));
}

/** The stage the execution is inside of. */
export function heldStage(execution: ExecutionSnapshot): string | undefined {
  return execution.stages.find(({ status }) => isInside(status))?.stageName;
}
