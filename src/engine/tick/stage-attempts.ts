import type { RetryTrigger, StageRetryMode } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { isPassed } from '../conditions/check-condition.ts';
import { modeOf } from '../modes/index.ts';

/** Returns the latest attempts of a stage's actions, without those of rules. */
export function latestAttempts(execution: ExecutionSnapshot, stageName: string): ActionExecution[] {
  return execution.actions.filter(
    (action) => action.stageName === stageName && !action.isRetried && action.conditionId === undefined,
  );
}

/**
 * Marks attempts of a stage as retried so that new ones start: the failed and abandoned ones, or all. Conditions are
 * checked again, except an entry condition that has passed (behaviour C.6).
 */
export function retryAttempts(
  execution: ExecutionSnapshot,
  stageName: string,
  mode: StageRetryMode,
  trigger: RetryTrigger,
): Change {
  const attempts = latestAttempts(execution, stageName);
  const retried = mode === 'ALL_ACTIONS' ? attempts : attempts.filter(hasFailed);
  const outdated = execution.conditions.filter(
    (one) => one.stageName === stageName && !one.isRetried && (one.kind !== 'beforeEntry' || !isPassed(one)),
  );
  return {
    kind: 'stageRetried',
    executionId: execution.id,
    stageName,
    isLocking: modeOf(execution).locksStages,
    actionIds: retried.map(({ id }) => id),
    conditionIds: outdated.map(({ id }) => id),
    trigger,
  };
}

/** Reports whether an attempt failed or was abandoned. */
export function hasFailed({ status }: ActionExecution): boolean {
  return status === 'Failed' || status === 'Abandoned';
}
