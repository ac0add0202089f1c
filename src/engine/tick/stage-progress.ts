import type { Change } from '../../model/change.ts';
import type { ConditionKind } from '../../model/condition.ts';
import type { Moment } from '../../model/decision.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { StoredStage } from '../../model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { isEndedAction } from '../../model/status.ts';
import { checkCondition } from '../conditions/check-condition.ts';
import { type Consequence, retryModeOf } from '../conditions/index.ts';
import { modeOf } from '../modes/index.ts';
import { latestAttempts, retryAttempts } from './stage-attempts.ts';
import { startAction } from './start-action.ts';

/**
 * Returns the next changes inside a stage: first its entry condition, then the actions in ascending run order, as many
 * at the same time as the mode allows, then its success or failure condition (behaviour C.2.1, C.8). After a failure
 * the stage stays locked until the running actions have ended.
 */
export function progressStage(
  snapshot: Snapshot,
  execution: ExecutionSnapshot,
  stageName: string,
  moment: Moment,
): Change[] {
  const stage = snapshot.declaration.stages.find(({ name }) => name === stageName);
  if (!stage) throw new Error(`execution ${execution.id} is inside ${stageName}, which its pipeline does not have`);
  const check = (kind: ConditionKind) => checkCondition(snapshot, execution, stage, kind, moment);
  const follow = (found: Consequence | Change[]) =>
    Array.isArray(found) ? found : changesOf(found, snapshot, execution, stage);

  const entry = check('beforeEntry');
  if (entry !== 'proceed') return follow(entry);
  const latest = attemptsIn(execution, stage);
  const attempts = [...latest.values()];
  if (attempts.some(({ status }) => status === 'Failed')) {
    return attempts.every(({ status }) => isEndedAction(status)) ? follow(check('onFailure')) : [];
  }
  const unfinished = stage.actions.filter(({ name }) => latest.get(name)?.status !== 'Succeeded');
  if (unfinished.length === 0) return follow(check('onSuccess'));
  const runOrder = Math.min(...unfinished.map((action) => action.runOrder));
  const running = attempts.filter(({ status }) => !isEndedAction(status)).length;
  // More can be running than allowed if the limit was lowered meanwhile.
  const mayStart = Math.max(0, modeOf(execution).maxActions(snapshot.limits) - running);
  return unfinished
    .filter((action) => action.runOrder === runOrder && !latest.has(action.name))
    .slice(0, mayStart)
    .flatMap((action) => startAction(snapshot, execution, stage, action, moment));
}

/** Reports whether every action of the stage has succeeded. */
export function isComplete(execution: ExecutionSnapshot, stage: StoredStage): boolean {
  const latest = attemptsIn(execution, stage);
  return stage.actions.every(({ name }) => latest.get(name)?.status === 'Succeeded');
}

/** Returns the latest attempt of each action. */
function attemptsIn(execution: ExecutionSnapshot, stage: StoredStage): Map<string, ActionExecution> {
  return new Map(latestAttempts(execution, stage.name).map((action) => [action.actionName, action]));
}

function changesOf(
  consequence: Consequence,
  snapshot: Snapshot,
  execution: ExecutionSnapshot,
  stage: StoredStage,
): Change[] {
  switch (consequence) {
    case 'proceed':
      return leaveStage(snapshot, execution, stage, 'Succeeded');
    case 'skip':
      return leaveStage(snapshot, execution, stage, 'Skipped');
    case 'fail':
      return failStage(execution, stage);
    case 'rollBack':
      return failStage(execution, stage, modeOf(execution).rollsBackByItself ? { isRolledBack: true } : {});
    case 'retry':
      return retryOnce(execution, stage);
    default:
      return consequence satisfies never;
  }
}

/** Retries a failed stage automatically, unless the failed attempt was such a retry itself (behaviour C.6). */
function retryOnce(execution: ExecutionSnapshot, stage: StoredStage): Change[] {
  const attempted = execution.stages.find(({ stageName }) => stageName === stage.name);
  if (attempted?.latestRetry === 'AutomatedStageRetry') return failStage(execution, stage);
  return [retryAttempts(execution, stage.name, retryModeOf(stage), 'AutomatedStageRetry')];
}

function failStage(execution: ExecutionSnapshot, stage: StoredStage, members: { isRolledBack?: true } = {}): Change[] {
  return [
    { kind: 'stageEnded', executionId: execution.id, stageName: stage.name, status: 'Failed', ...members },
    { kind: 'executionEnded', executionId: execution.id, status: 'Failed' },
  ];
}

function leaveStage(
  snapshot: Snapshot,
  execution: ExecutionSnapshot,
  stage: StoredStage,
  status: 'Succeeded' | 'Skipped',
): Change[] {
  const { stages } = snapshot.declaration;
  // A rollback runs one stage (behaviour C.7).
  const next = execution.rollback ? undefined : stages[stages.indexOf(stage) + 1];
  return [
    { kind: 'stageEnded', executionId: execution.id, stageName: stage.name, status },
    next
      ? { kind: 'executionWaiting', executionId: execution.id, stageName: next.name }
      : { kind: 'executionEnded', executionId: execution.id, status: 'Succeeded' },
  ];
}
