import type { JobSummary } from '../../contract/generated.ts';
import { type Job, jobNotFound } from '../../model/job.ts';
import type { Scope } from '../../model/pipeline.ts';
import { typeKeyOfQueue } from '../../model/queue-key.ts';
import type { JobRecord } from '../../store/store.ts';
import type { Dependencies } from '../dependencies.ts';
import { toSeconds } from '../seconds.ts';

/** A job and the place of its action. */
export interface PlacedJob extends Omit<Job, 'result' | 'continuationToken'> {
  isContinuation: boolean;
  pipelineName: string;
  executionId: string;
  stageName: string;
  actionName: string;
}

/** Returns a job of the account and region, whatever its action type. Throws JobNotFoundException. */
export async function findAccountJob(
  jobId: string,
  { account, region }: Scope,
  { store }: Dependencies,
): Promise<JobRecord> {
  const record = await store.jobs.find(jobId);
  if (record && record.pipeline.account === account && record.pipeline.region === region) return record;
  throw jobNotFound(jobId);
}

/** Summarizes a job without configuration, tokens and output variables. */
export function summarizeJob(job: PlacedJob, at: number): JobSummary {
  return {
    jobId: job.id,
    status: job.status,
    isWaiting: job.offerAt !== undefined && job.offerAt <= at,
    isContinuation: job.isContinuation,
    actionType: typeKeyOfQueue(job.queue),
    queryValue: job.queryValue === '' ? undefined : job.queryValue,
    pipelineName: job.pipelineName,
    pipelineExecutionId: job.executionId,
    stageName: job.stageName,
    actionName: job.actionName,
    actionExecutionId: job.actionExecutionId,
    deliveries: job.deliveries,
    createdAt: toSeconds(job.createdAt),
    offerAt: toSeconds(job.offerAt),
    deadlineAt: toSeconds(job.deadlineAt),
  };
}
