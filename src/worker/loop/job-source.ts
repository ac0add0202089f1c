import type {
  CurrentRevision,
  ExecutionDetails,
  FailureDetails,
  Job,
  JobDetails,
  JobStatus,
} from '../../contract/generated.ts';
import { JobFailure } from '../job-failure.ts';

/** What PutJobSuccessResult takes besides the job id; `currentRevision.created` in seconds, as in the API model. */
export interface JobSuccess {
  executionDetails?: ExecutionDetails;
  currentRevision?: CurrentRevision;
  outputVariables?: Record<string, string>;
  continuationToken?: string;
}

/** How a job ended. A failed job is a value; `RunJob` may also throw a `JobFailure`. */
export type JobOutcome = ({ status: 'Succeeded' } & JobSuccess) | { status: 'Failed'; failureDetails: FailureDetails };

/**
 * How a polled job ended: reported as Succeeded, Continued or Failed; `unreported` if the report could not be
 * delivered; `ended` if it ended elsewhere; `dropped` if it was never ours.
 */
export type JobEnd = 'Succeeded' | 'Continued' | 'Failed' | 'unreported' | 'ended' | 'dropped';

/** Performs one acknowledged job; `signal` is aborted when the worker stops or the lease is lost. */
export type RunJob = (job: Job, signal: AbortSignal) => Promise<JobOutcome>;

/**
 * Where jobs come from and results go: the job-worker protocol over HTTP, or this process's queue (behaviour A.2, A.3,
 * A.4, A.6, A.7). Methods reject with an error named by the API's error code if the server rejects the call, and with
 * any other error if it cannot be reached.
 */
export interface JobSource {
  /** Returns at most `maxBatchSize` jobs; may wait until there is one. Rejects when `signal` is aborted. */
  poll(maxBatchSize: number, signal: AbortSignal): Promise<Job[]>;
  /** Any status but `InProgress` means the job is not ours. Safe to repeat: the winning nonce wins again. */
  acknowledge(job: Job): Promise<JobStatus>;
  /** Returns the same job with fresh artifact credentials (GetJobDetails). */
  refresh?(job: Job): Promise<JobDetails>;
  succeed(job: Job, success: JobSuccess): Promise<void>;
  fail(job: Job, failure: FailureDetails): Promise<void>;
  /** Returns whether the job has ended elsewhere: abandoned, timed out, its pipeline deleted. */
  isOver?(job: Job): Promise<boolean>;
  /** Extends the lease of a job claimed in process; false if it was lost and another node may have the job. */
  renew?(job: Job): Promise<boolean>;
  /** Gives a leased job up, so that another node gets it before the lease ends. */
  leave?(job: Job): Promise<void>;
}

/** Longest hold of an empty poll that Millrace grants; AWS ignores the request. */
const maxWaitSeconds = 20;

/** Returns how long a poll may be held without keeping an idle worker alive. */
export function waitSecondsFor(idleExitMs = Number.POSITIVE_INFINITY): number {
  return Math.min(maxWaitSeconds, Math.ceil(idleExitMs / 1000));
}

/** Most bytes of an action's output variables (behaviour A.6). */
const maxVariableBytes = 122_880;
const variableKey = /^[A-Za-z0-9@\-_]+$/;

/** Throws JobFailure for output variables that the API would reject, while their origin is still known. */
export function checkOutputVariables(variables: Record<string, string>): void {
  let bytes = 0;
  for (const [key, value] of Object.entries(variables)) {
    if (!variableKey.test(key)) {
      throw new JobFailure('ConfigurationError', `An output variable is called '${key}'; use A-Z a-z 0-9 @ - _ only.`);
    }
    bytes += Buffer.byteLength(key) + Buffer.byteLength(value);
  }
  if (bytes <= maxVariableBytes) return;
  throw new JobFailure(
    'ConfigurationError',
    `The output variables have ${bytes} bytes; ${maxVariableBytes} are allowed.`,
  );
}
