import type { Change } from '../../model/change.ts';
import type { ActionExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot } from '../../model/snapshot.ts';
import { isEndedAction, isOpenJob } from '../../model/status.ts';

/**
 * Gives up those of the actions that run; `at` in ms. What providers and workers do goes on; it has no effect any more,
 * as their jobs have ended (behaviour A.6, C.5).
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
