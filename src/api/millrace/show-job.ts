import type { Job } from '../../model/job.ts';
import { typeKeyOfQueue } from '../../model/queue-key.ts';

/** A job and where its action stands. */
export interface PlacedJob extends Omit<Job, 'result' | 'continuationToken'> {
  isContinuation: boolean;
  pipelineName: string;
  executionId: string;
  stageName: string;
  actionName: string;
}

/** The members by which answers show a job, as the reference page lists them. */
export const jobMembers =
  'jobId, status, isWaiting (whether a poll would get it now), isContinuation, actionType, queryValue, pipelineName, pipelineExecutionId, stageName, actionName, actionExecutionId, deliveries; createdAt, offerAt (when polls are or were offered it) and deadlineAt in seconds';

/** What anybody who may ask is told of a job: no configuration, no tokens, no output variables. */
export function showJob(job: PlacedJob, at: number) {
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
    createdAt: seconds(job.createdAt),
    offerAt: seconds(job.offerAt),
    deadlineAt: seconds(job.deadlineAt),
  };
}

/** An instant as our own API writes it. */
export function seconds(at: number | undefined): number | undefined {
  return at === undefined ? undefined : at / 1000;
}
