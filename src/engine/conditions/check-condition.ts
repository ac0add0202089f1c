import type { Change } from '../../model/change.ts';
import type { ConditionExecution, ConditionKind } from '../../model/condition.ts';
import type { Moment } from '../../model/moment.ts';
import type { StoredStage } from '../../model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { stageConditions } from './index.ts';
import type { Consequence } from './stage-condition.ts';
import { startRule } from './start-rule.ts';

/**
 * What becomes of the stage at its condition of this kind; or the facts that have to come first, which are none while
 * the rules are being checked.
 */
export function checkCondition(
  snapshot: Snapshot,
  execution: ExecutionSnapshot,
  stage: StoredStage,
  kind: ConditionKind,
  moment: Moment,
): Consequence | Change[] {
  const { declared, unchecked, checked, inRollback } = stageConditions[kind];
  if (execution.rollback) return inRollback;
  const condition = declared(stage);
  if (!condition) return unchecked(stage);
  const check = countingCheck(execution, stage.name, kind);
  if (check) {
    if (check.status === 'InProgress') return [];
    return checked(condition, isPassed(check) ? 'Succeeded' : 'Failed');
  }
  const started: ConditionExecution = {
    id: moment.newId(),
    stageName: stage.name,
    kind,
    status: 'InProgress',
    startedAt: moment.at,
    updatedAt: moment.at,
  };
  return [
    { kind: 'conditionStarted', executionId: execution.id, condition: started },
    ...(condition.rules ?? []).flatMap((rule) => startRule(snapshot, execution, started, rule, moment)),
  ];
}

/** The check of a condition that counts: a retry of the stage asks for a new one. */
export function countingCheck(
  execution: ExecutionSnapshot,
  stageName: string,
  kind: ConditionKind,
): ConditionExecution | undefined {
  return execution.conditions.find((one) => one.stageName === stageName && one.kind === kind && !one.isRetried);
}

/** Whether the stage's condition of this kind, if it has to keep one, has been found to hold. */
export function keepsCondition(execution: ExecutionSnapshot, stage: StoredStage, kind: ConditionKind): boolean {
  if (execution.rollback || !stageConditions[kind].declared(stage)) return true;
  const check = countingCheck(execution, stage.name, kind);
  return check !== undefined && isPassed(check);
}

/** Whether a check lets the stage go on. */
export function isPassed({ status }: ConditionExecution): boolean {
  return status === 'Succeeded' || status === 'Overridden';
}
