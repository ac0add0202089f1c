import type { Decision, Moment } from '../../model/decision.ts';
import type { ActionProgress } from '../../model/execution.ts';
import { jobNotFound } from '../../model/job.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isOpenJob } from '../../model/status.ts';
import { finish } from '../tick/tick.ts';
import { refuseFence } from './job-result.ts';

/** What a built-in provider has to say of its job before it ends. */
interface JobProgress {
  jobId: string;
  progress: ActionProgress;
  /** Nonce of the delivery that the provider works on. */
  fence: string;
}

/** Records progress of a job that goes on. Of a job that has ended it is ignored. */
export function jobProgress(snapshot: Snapshot, { jobId, progress, fence }: JobProgress, moment: Moment): Decision {
  const { execution } = snapshot;
  const job = execution?.jobs.find(({ id }) => id === jobId);
  const action = execution?.actions.find(({ id }) => id === job?.actionExecutionId);
  if (!job || !action) {
    const { code: refuse, message } = jobNotFound(jobId);
    return { refuse, message };
  }
  const refusal = refuseFence(job, fence);
  if (refusal) return refusal;
  if (!isOpenJob(job.status) || action.status !== 'InProgress') return { changes: [], answer: undefined };
  const progressed = { ...action, progress: { ...action.progress, ...progress }, updatedAt: moment.at };
  return finish(snapshot, moment, [{ kind: 'actionProgressed', action: progressed }], undefined);
}
