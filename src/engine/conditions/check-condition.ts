import type { Change } from '../../model/change.ts';
import type { ConditionExecution, ConditionKind } from '../../model/condition.ts';
import type { Moment } from '../../model/decision.ts';
import type { StoredStage } from '../../model/pipeline.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { type Consequence, stageConditions } from './index.ts';
import { startRule } from './start-rule.ts';

/**
 * Returns what a stage's condition does to the stage or, while that is unknown, the changes that have to come first:
 * none if the rules are being checked.
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
  const check = latestCheck(execution, stage.name, kind);
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

/** Returns the check of a condition, unless a retry of the stage requires a new one. */
export function latestCheck(
  execution: ExecutionSnapshot,
  stageName: string,
  kind: ConditionKind,
): ConditionExecution | undefined {
  return execution.conditions.find((one) => one.stageName === stageName && one.kind === kind && !one.isRetried);
}

/** Reports whether the stage has no condition of this kind to satisfy, or has satisfied it. */
export function hasPassedCondition(execution: ExecutionSnapshot, stage: StoredStage, kind: ConditionKind): boolean {
  if (execution.rollback || !stageConditions[kind].declared(stage)) return true;
  const check = latestCheck(execution, stage.name, kind);
  return check !== undefined && isPassed(check);
}

/** Reports whether the stage may continue after a check. */
export function isPassed({ status }: ConditionExecution): boolean {
  return status === 'Succeeded' || status === 'Overridden';
}
