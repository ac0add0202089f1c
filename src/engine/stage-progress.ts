import type { Change } from '../model/change.ts';
import type { ActionExecution } from '../model/execution.ts';
import type { Moment } from '../model/moment.ts';
import type { StoredStage } from '../model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot } from '../model/snapshot.ts';
import { isEndedAction } from '../model/status.ts';
import { modeOf } from './modes/index.ts';
import { startAction } from './start-action.ts';

/**
 * The next facts inside a stage: run orders ascend, the actions of one run order start together (behaviour C.2.1), as
 * many as the mode lets run at once; the others start as those end. A failed action fails the stage once its running siblings have ended, so that the stage stays locked while they work.
 */
export function progressStage(
  snapshot: Snapshot,
  execution: ExecutionSnapshot,
  stageName: string,
  moment: Moment,
): Change[] {
  const stage = snapshot.declaration.stages.find(({ name }) => name === stageName);
  if (!stage) throw new Error(`execution ${execution.id} is inside ${stageName}, which its pipeline does not have`);
  const counting = attemptsIn(execution, stage);
  const attempts = [...counting.values()];
  if (attempts.some(({ status }) => status === 'Failed')) {
    return attempts.every(({ status }) => isEndedAction(status)) ? failStage(execution, stageName) : [];
  }
  const unfinished = stage.actions.filter(({ name }) => counting.get(name)?.status !== 'Succeeded');
  if (unfinished.length === 0) return leaveStage(snapshot, execution, stage);
  const runOrder = Math.min(...unfinished.map((action) => action.runOrder));
  const running = attempts.filter(({ status }) => !isEndedAction(status)).length;
  return unfinished
    .filter((action) => action.runOrder === runOrder && !counting.has(action.name))
    .slice(0, modeOf(execution).mostActions(snapshot.limits) - running)
    .flatMap((action) => startAction(snapshot, execution, stage, action, moment));
}

/** Whether every action of the stage has succeeded. */
export function isComplete(execution: ExecutionSnapshot, stage: StoredStage): boolean {
  const counting = attemptsIn(execution, stage);
  return stage.actions.every(({ name }) => counting.get(name)?.status === 'Succeeded');
}

/** The attempts that count, by action. */
function attemptsIn(execution: ExecutionSnapshot, stage: StoredStage): Map<string, ActionExecution> {
  return new Map(
    execution.actions
      .filter(({ stageName, isRetried }) => stageName === stage.name && !isRetried)
      .map((action) => [action.actionName, action]),
  );
}

function failStage(execution: ExecutionSnapshot, stageName: string): Change[] {
  return [
    { kind: 'stageEnded', executionId: execution.id, stageName, status: 'Failed' },
    { kind: 'executionEnded', executionId: execution.id, status: 'Failed' },
  ];
}

function leaveStage(snapshot: Snapshot, execution: ExecutionSnapshot, stage: StoredStage): Change[] {
  const { stages } = snapshot.declaration;
  // A rollback is over with its stage (behaviour C.7).
  const next = execution.rollback ? undefined : stages[stages.indexOf(stage) + 1];
  return [
    { kind: 'stageEnded', executionId: execution.id, stageName: stage.name, status: 'Succeeded' },
    next
      ? { kind: 'executionWaiting', executionId: execution.id, stageName: next.name }
      : { kind: 'executionEnded', executionId: execution.id, status: 'Succeeded' },
  ];
}
