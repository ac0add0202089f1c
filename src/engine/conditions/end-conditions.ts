import type { Change } from '../../model/change.ts';
import type { ConditionExecution } from '../../model/condition.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { isEndedAction } from '../../model/status.ts';
import { abandonActions } from '../tick/end-actions.ts';

/** The longest summary that the API allows, in characters. */
const longestSummary = 2048;

/** Ends every check whose rules have all ended; it succeeds if all of them did (behaviour C.8). */
export function endConditions(execution: ExecutionSnapshot): Change[] {
  return openChecks(execution).flatMap(({ id }): Change[] => {
    const rules = rulesOf(execution, id);
    if (!rules.every(({ status }) => isEndedAction(status))) return [];
    return [{ kind: 'conditionEnded', executionId: execution.id, conditionId: id, ...outcome(rules) }];
  });
}

/** Cancels the checks of an outdated execution, which no longer depends on them; `at` in ms. */
export function cancelConditions(execution: ExecutionSnapshot, at: number): Change[] {
  return openChecks(execution).flatMap(({ id }): Change[] => [
    ...abandonActions(execution, rulesOf(execution, id), at),
    { kind: 'conditionEnded', executionId: execution.id, conditionId: id, status: 'Cancelled' },
  ]);
}

/** Reports whether a check is still running. */
export function isChecking(execution: ExecutionSnapshot): boolean {
  return openChecks(execution).length > 0;
}

function openChecks({ conditions }: ExecutionSnapshot): ConditionExecution[] {
  return conditions.filter(({ status }) => status === 'InProgress');
}

function rulesOf({ actions }: ExecutionSnapshot, id: string): ActionExecution[] {
  return actions.filter(({ conditionId }) => conditionId === id);
}

function outcome(rules: ActionExecution[]): Pick<Extract<Change, { kind: 'conditionEnded' }>, 'status' | 'summary'> {
  if (rules.some(({ status }) => status === 'Abandoned')) return { status: 'Abandoned' };
  const failed = rules.filter(({ status }) => status === 'Failed');
  if (failed.length === 0) return { status: 'Succeeded' };
  const reasons = failed.map(({ actionName, error }) => `The rule '${actionName}' failed: ${error?.message}`);
  return { status: 'Failed', summary: reasons.join(' ').slice(0, longestSummary) };
}
