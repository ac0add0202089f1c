import type { Change } from '../../model/change.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isEndedAction } from '../../model/status.ts';
import { keepsCondition } from '../conditions/check-condition.ts';
import { heldStage } from './cancel-outdated.ts';
import { isComplete } from './stage-progress.ts';

/**
 * Ends a stopping execution once its running actions have ended, and frees its stage (behaviour C.5). A stage whose
 * actions have all succeeded meanwhile, and which keeps its success condition, has succeeded.
 */
export function finishStop({ declaration }: Snapshot, execution: ExecutionSnapshot): Change[] {
  if (execution.actions.some(({ status }) => !isEndedAction(status))) return [];
  const stopped: Change = {
    kind: 'executionEnded',
    executionId: execution.id,
    status: 'Stopped',
    statusSummary: execution.stopTrigger?.reason || undefined,
  };
  const stageName = heldStage(execution);
  if (stageName === undefined) return [stopped];
  const stage = declaration.stages.find(({ name }) => name === stageName);
  const hasSucceeded = stage && isComplete(execution, stage) && keepsCondition(execution, stage, 'onSuccess');
  const status = hasSucceeded ? 'Succeeded' : 'Stopped';
  return [{ kind: 'stageEnded', executionId: execution.id, stageName, status }, stopped];
}
