import { ServiceError } from '../contract/errors.ts';
import type { CurrentRevision, ExecutionDetails, FailureDetails, JobStatus } from '../contract/generated.ts';

/** The fixed time-out of custom actions, from the start to the last result: 24 h (behaviour A.8). */
export const customActionTimeoutMs = 24 * 60 * 60 * 1000;

/**
 * Nonces count the deliveries of a job from 3, the number in AWS's samples. It seems to be the version of a record that
 * was Created, Queued and Dispatched (behaviour A.2.8).
 */
export const firstNonce = 3;

/**
 * A worker's report, stored so that an identical repetition is accepted and a contradiction refused (behaviour A.6).
 */
export type JobResult =
  | {
      outcome: 'Succeeded';
      executionDetails?: ExecutionDetails;
      currentRevision?: CurrentRevision;
      continuationToken?: string;
      outputVariables?: Record<string, string>;
    }
  | { outcome: 'Failed'; failureDetails: FailureDetails };

/** A unit of work for one action execution; instants in ms. */
export interface Job {
  id: string;
  actionExecutionId: string;
  status: JobStatus;
  /** See `queueOf`. */
  queue: string;
  /** The value that polls select jobs of the queue by; see `startAction`. */
  queryValue: string;
  /** How often it was delivered; the latest nonce is `firstNonce + deliveries - 1`. */
  deliveries: number;
  /** When it can be claimed, first or again; undefined once acknowledged or ended. */
  offerAt?: number;
  /** When the action times out; undefined once ended. */
  deadlineAt?: number;
  /** The time-out of each job of the action, if it is not one of the whole action. */
  timeoutMs?: number;
  continuationToken?: string;
  result?: JobResult;
  createdAt: number;
}

/** The error for a job that doesn't exist, or not for this caller. */
export function jobNotFound(jobId: string): ServiceError {
  return new ServiceError('JobNotFoundException', `Job with id '${jobId}' does not exist`);
}

/** Returns the nonce of a job's latest delivery. */
export function newestNonce(job: Pick<Job, 'deliveries'>): string {
  return String(firstNonce + job.deliveries - 1);
}
