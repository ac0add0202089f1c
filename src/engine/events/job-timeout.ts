import type { Change } from '../../model/change.ts';
import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isOpenJob } from '../../model/status.ts';
import { draftOf, record } from '../tick/draft.ts';
import { conclude, tick } from '../tick/tick.ts';

/** The code and text are ours: what the service reports for a timed-out custom action is unknown (behaviour A.8). */
const error = { code: 'JobTimedOut', message: 'The action did not report a result before its time-out.' };

/** Ends every job of the execution whose action has outlived its time-out; the action fails (behaviour A.8). */
export function jobTimeout(snapshot: Snapshot, moment: Moment): Decision {
  const jobs = snapshot.execution?.jobs ?? [];
  const changes = jobs.flatMap((job): Change[] => {
    if (!isOpenJob(job.status) || job.deadlineAt === undefined || job.deadlineAt > moment.at) return [];
    const action = snapshot.execution?.actions.find(({ id }) => id === job.actionExecutionId);
    const timedOut: Change = { kind: 'jobEnded', jobId: job.id, status: 'TimedOut' };
    if (action?.status !== 'InProgress') return [timedOut];
    return [timedOut, { kind: 'actionFailed', action: { ...action, status: 'Failed', error, updatedAt: moment.at } }];
  });
  return conclude(tick(record(draftOf(snapshot, moment), ...changes), moment), undefined);
}
