import type { RetryTrigger, StageRetryMode } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { isPassed } from '../conditions/check-condition.ts';
import { modeOf } from '../modes/index.ts';

/** The attempts of a stage's actions that count, rules not among them. */
export function countingAttempts(execution: ExecutionSnapshot, stageName: string): ActionExecution[] {
  return execution.actions.filter(
    (action) => action.stageName === stageName && !action.isRetried && action.conditionId === undefined,
  );
}

/**
 * Takes attempts of a stage out of the count so that new ones take their place: the failed and abandoned ones, or all.
 * What was found about the outcome is to be found anew; an entry that was granted stays so, and one that a stop
 * kept from being decided is asked for again (behaviour C.6).
 */
export function retryAttempts(
  execution: ExecutionSnapshot,
  stageName: string,
  mode: StageRetryMode,
  trigger: RetryTrigger,
): Change {
  const attempts = countingAttempts(execution, stageName);
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

/** Whether an attempt did not come to a good end. */
export function hasFailed({ status }: ActionExecution): boolean {
  return status === 'Failed' || status === 'Abandoned';
}
