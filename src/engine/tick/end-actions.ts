import type { ErrorDetails } from '../../contract/generated.ts';
import { isManualApproval } from '../../model/action-type.ts';
import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { isEndedAction, isOpenJob } from '../../model/status.ts';

/**
 * Abandons the running ones of these actions; `at` in ms. Workers may continue, but their results have no effect
 * because their jobs have ended (behaviour A.6, C.5).
 */
export function abandonActions({ jobs }: ExecutionSnapshot, actions: ActionExecution[], at: number): Change[] {
  const running = actions.filter(({ status }) => !isEndedAction(status));
  const ids = new Set(running.map(({ id }) => id));
  const open = jobs.filter((job) => isOpenJob(job.status) && ids.has(job.actionExecutionId));
  return [
    ...open.map(({ id }): Change => ({ kind: 'jobEnded', jobId: id, status: 'Failed' })),
    ...running.map(
      (action): Change => ({
        kind: 'actionAbandoned',
        action: { ...action, status: 'Abandoned', deadlineAt: undefined, updatedAt: at },
      }),
    ),
  ];
}

/** Returns the approvals of an execution that wait for an answer. */
export function waitingApprovals(execution: ExecutionSnapshot): ActionExecution[] {
  return execution.actions.filter(
    ({ status, start }) => !isEndedAction(status) && isManualApproval(start.actionTypeId),
  );
}

/** Fails an approval that can no longer be answered; `at` in ms. */
export function failUnanswered(action: ActionExecution, error: ErrorDetails, at: number): Change {
  return {
    kind: 'actionFailed',
    action: { ...action, status: 'Failed', error, deadlineAt: undefined, updatedAt: at },
  };
}
