import type { ErrorDetails } from '../../contract/generated.ts';
import { isManualApproval } from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { isEndedAction } from '../../model/status.ts';

/** The approvals of an execution that wait for an answer. */
export function waitingApprovals(execution: ExecutionSnapshot): ActionExecution[] {
  return execution.actions.filter(
    ({ status, start }) => !isEndedAction(status) && isManualApproval(start.actionTypeId),
  );
}

/** Fails an approval that will not be answered any more; `at` in ms. */
export function failUnanswered(action: ActionExecution, error: ErrorDetails, at: number): Change {
  return {
    kind: 'actionFailed',
    action: { ...action, status: 'Failed', error, deadlineAt: undefined, updatedAt: at },
  };
}
