import type {
  ActionExecutionStatus,
  ConditionExecutionStatus,
  JobStatus,
  PipelineExecutionStatus,
  StageExecutionStatus,
} from '../contract/generated.ts';
import type { BuildStatus } from './build.ts';

/**
 * The statuses that one change can lead to from each status; a final status has none (behaviour C.1, A.3). A decision
 * can make several changes.
 */
type Table<Status extends string> = Record<Status, readonly Status[]>;

export const executionStatuses: Table<PipelineExecutionStatus> = {
  InProgress: ['Succeeded', 'Failed', 'Stopping', 'Superseded', 'Cancelled'],
  Stopping: ['Stopped'],
  Succeeded: [],
  // A retry of a stage resumes the execution (behaviour C.6).
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

/** Errored is never used: a rule that cannot be checked fails its condition. */
export const conditionStatuses: Table<ConditionExecutionStatus> = {
  InProgress: ['Succeeded', 'Failed', 'Cancelled', 'Abandoned'],
  Succeeded: [],
  // OverrideStageCondition (behaviour C.8).
  Failed: ['Overridden'],
  Errored: [],
  Cancelled: [],
  Abandoned: [],
  Overridden: [],
};

/**
 * Created is never stored: a job is queued in the transaction that creates it. A Dispatched job is dispatched again
 * after its lease, and a result can arrive before the acknowledgement (decision 5).
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

/** As CodeBuild names them. */
export const buildStatuses: Table<BuildStatus> = {
  IN_PROGRESS: ['SUCCEEDED', 'FAILED', 'FAULT', 'TIMED_OUT', 'STOPPED'],
  SUCCEEDED: [],
  FAILED: [],
  FAULT: [],
  TIMED_OUT: [],
  STOPPED: [],
};

/** Reports whether an execution is still inside a stage with this status. */
export function isInside(status: StageExecutionStatus): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

/** Reports whether an execution has not ended. */
export function isRunning(status: PipelineExecutionStatus): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

/** Reports whether a job can still be delivered, acknowledged or completed. */
export function isOpenJob(status: JobStatus): boolean {
  return jobStatuses[status].length > 0;
}

/** Reports whether an action execution has ended. */
export function isEndedAction(status: ActionExecutionStatus): boolean {
  return actionStatuses[status].length === 0;
}
