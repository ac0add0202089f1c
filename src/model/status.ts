import type {
  ActionExecutionStatus,
  ConditionExecutionStatus,
  JobStatus,
  PipelineExecutionStatus,
  StageExecutionStatus,
} from '../contract/generated.ts';

/**
 * From each status the statuses that one change may lead to; an empty list is an end (behaviour C.1, A.3). Whoever looks
 * before and after a decision may see several changes as one.
 */
type Table<Status extends string> = Record<Status, readonly Status[]>;

export const executionStatuses: Table<PipelineExecutionStatus> = {
  InProgress: ['Succeeded', 'Failed', 'Stopping', 'Superseded', 'Cancelled'],
  Stopping: ['Stopped'],
  Succeeded: [],
  // A retry of a stage brings the same execution back to InProgress (behaviour C.6).
  Failed: ['InProgress'],
  Stopped: ['InProgress'],
  Superseded: [],
  Cancelled: [],
};

export const stageStatuses: Table<StageExecutionStatus> = {
  InProgress: ['Succeeded', 'Failed', 'Stopping', 'Cancelled', 'Skipped'],
  Stopping: ['Stopped', 'Succeeded'],
  Succeeded: [],
  Failed: ['InProgress'],
  Stopped: ['InProgress'],
  Cancelled: [],
  Skipped: [],
};

export const actionStatuses: Table<ActionExecutionStatus> = {
  InProgress: ['Succeeded', 'Failed', 'Abandoned'],
  Succeeded: [],
  Failed: [],
  Abandoned: [],
};

/** Errored is never set: a rule that cannot be checked fails its condition. */
export const conditionStatuses: Table<ConditionExecutionStatus> = {
  InProgress: ['Succeeded', 'Failed', 'Cancelled', 'Abandoned'],
  Succeeded: [],
  // Somebody lets the stage pass all the same (behaviour C.8).
  Failed: ['Overridden'],
  Errored: [],
  Cancelled: [],
  Abandoned: [],
  Overridden: [],
};

/**
 * Created is never stored: a job is queued in the transaction that creates it. A Dispatched job whose lease ran out
 * is dispatched again; a result may come before the acknowledgement (decision 5).
 */
export const jobStatuses: Table<JobStatus> = {
  Created: ['Queued'],
  Queued: ['Dispatched', 'Succeeded', 'Failed', 'TimedOut'],
  Dispatched: ['Dispatched', 'InProgress', 'Succeeded', 'Failed', 'TimedOut'],
  InProgress: ['Succeeded', 'Failed', 'TimedOut'],
  TimedOut: [],
  Succeeded: [],
  Failed: [],
};

/** Whether the execution is still inside a stage with this status of its passage. */
export function isInside(status: StageExecutionStatus): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

/** Whether the execution has not come to an end. */
export function isRunning(status: PipelineExecutionStatus): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

/** Whether a job can still be offered, acknowledged or answered. */
export function isOpenJob(status: JobStatus): boolean {
  return jobStatuses[status].length > 0;
}

/** Whether an action execution has come to its end. */
export function isEndedAction(status: ActionExecutionStatus): boolean {
  return actionStatuses[status].length === 0;
}
