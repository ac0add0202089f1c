import type { Change } from '../../model/change.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isEndedAction, isInside } from '../../model/status.ts';
import { modeOf } from '../modes/index.ts';
import { failUnanswered, waitingApprovals } from './end-actions.ts';

/** Reports whether an update of the pipeline ends the execution, which started before it (behaviour C.2.4). */
export function isOutdated({ pipeline }: Snapshot, execution: ExecutionSnapshot): boolean {
  return modeOf(execution).endsWithUpdate && execution.pipelineVersion !== pipeline.version;
}

/**
 * Cancels an outdated execution. Inside a stage it first waits for the actions that have started, whatever their
 * outcome; until then it starts nothing and the stage stays locked (behaviour C.2.4).
 */
export function cancelOutdated(execution: ExecutionSnapshot): Change[] {
  if (execution.actions.some(({ status }) => !isEndedAction(status))) return [];
  const stageName = heldStage(execution);
  const cancelled: Change = { kind: 'executionEnded', executionId: execution.id, status: 'Cancelled' };
  if (stageName === undefined) return [cancelled];
  return [{ kind: 'stageEnded', executionId: execution.id, stageName, status: 'Cancelled' }, cancelled];
}

/** Fails the waiting approvals of an outdated execution; `at` in ms (behaviour C.2.4). */
export function cancelApprovals(execution: ExecutionSnapshot, at: number): Change[] {
  const error = { code: 'ApprovalCanceled', message: 'The approval action has been canceled.' };
  return waitingApprovals(execution).map((action) => failUnanswered(action, error, at));
}

/** Returns the stage that the execution is inside. */
export function heldStage(execution: ExecutionSnapshot): string | undefined {
  return execution.stages.find(({ status }) => isInside(status))?.stageName;
}
