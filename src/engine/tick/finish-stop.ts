import type { Change } from '../../model/change.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isEndedAction } from '../../model/status.ts';
import { hasPassedCondition } from '../conditions/check-condition.ts';
import { heldStage } from './cancel-outdated.ts';
import { isComplete } from './stage-progress.ts';

/**
 * Ends a stopping execution and frees its stage once its running actions have ended (behaviour C.5). The stage succeeds
 * if all of its actions did and its success condition is satisfied.
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
  const hasSucceeded = stage && isComplete(execution, stage) && hasPassedCondition(execution, stage, 'onSuccess');
  const status = hasSucceeded ? 'Succeeded' : 'Stopped';
  return [{ kind: 'stageEnded', executionId: execution.id, stageName, status }, stopped];
}
