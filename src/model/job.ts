import type { CurrentRevision, ExecutionDetails, FailureDetails, JobStatus } from '../contract/generated.ts';

/** How long a custom action may take from its start to its last result: 24 h, fixed (behaviour A.8). */
export const customActionTimeoutMs = 24 * 60 * 60 * 1000;

/**
 * Nonces count the deliveries of a job and start at 3, the number the reference's samples show: the real one seems
 * to be a record version with Created 1, Queued 2, Dispatched 3 (behaviour A.2.8).
 */
export const firstNonce = 3;

/** What a worker reported; kept so that an identical repeat can be told from a contradiction (behaviour A.6). */
export type JobResult =
  | {
      outcome: 'Succeeded';
      executionDetails?: ExecutionDetails;
      currentRevision?: CurrentRevision;
      continuationToken?: string;
      outputVariables?: Record<string, string>;
    }
  | { outcome: 'Failed'; failureDetails: FailureDetails };

/** The work order for one action execution; instants in ms. */
export interface Job {
  id: string;
  actionExecutionId: string;
  status: JobStatus;
  /** Who may claim it: see `queueOf`. */
  queue: string;
  /** What a poll picks jobs of the queue by: see `startAction`. */
  queryValue: string;
  /** How often it was handed out; the newest nonce is `firstNonce + deliveries - 1`. */
  deliveries: number;
  /** When it may be claimed (again); undefined once acknowledged or ended. */
  offerAt?: number;
  /** When the action times out; undefined once ended. */
  deadlineAt?: number;
  /** How long it may take when each job of the action has a time of its own; its continuation has the same. */
  timeoutMs?: number;
  continuationToken?: string;
  result?: JobResult;
  createdAt: number;
}

/** The nonce of a job's newest delivery. */
export function newestNonce(job: Pick<Job, 'deliveries'>): string {
  return String(firstNonce + job.deliveries - 1);
}
