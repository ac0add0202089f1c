import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isOpenJob } from '../../model/status.ts';
import { failUnanswered, waitingApprovals } from '../tick/end-actions.ts';
import { finish } from '../tick/tick.ts';

// The codes and texts are ours: what the service reports is unknown (behaviour A.8, C.14).
const jobTimedOut = { code: 'JobTimedOut', message: 'The action did not report a result before its time-out.' };
const approvalTimedOut = {
  code: 'ApprovalTimedOut',
  message: 'The approval was not answered before its time-out.',
};

/** Ends the jobs whose actions have exceeded their time-out, and fails the actions (behaviour A.8). */
export function jobTimeout(snapshot: Snapshot, moment: Moment): Decision {
  const jobs = snapshot.execution?.jobs ?? [];
  const changes = jobs.flatMap((job): Change[] => {
    if (!isOpenJob(job.status) || job.deadlineAt === undefined || job.deadlineAt > moment.at) return [];
    const action = snapshot.execution?.actions.find(({ id }) => id === job.actionExecutionId);
    const timedOut: Change = { kind: 'jobEnded', jobId: job.id, status: 'TimedOut' };
    if (action?.status !== 'InProgress') return [timedOut];
    const failed = { ...action, status: 'Failed' as const, error: jobTimedOut, updatedAt: moment.at };
    return [timedOut, { kind: 'actionFailed', action: failed }];
  });
  return finish(snapshot, moment, changes, undefined);
}

/** Fails the approvals that were not answered in time (behaviour A.8). */
export function approvalTimeout(snapshot: Snapshot, moment: Moment): Decision {
  const waiting = snapshot.execution ? waitingApprovals(snapshot.execution) : [];
  const overdue = waiting.filter(({ deadlineAt }) => deadlineAt !== undefined && deadlineAt <= moment.at);
  const changes = overdue.map((action) => failUnanswered(action, approvalTimedOut, moment.at));
  return finish(snapshot, moment, changes, undefined);
}
