import type { JobStatus, RetryTrigger } from '../contract/generated.ts';
import type { ConditionExecution } from './condition.ts';
import type { ActionExecution, Execution, RecordedRevision, StopTrigger } from './execution.ts';
import type { Job, JobResult } from './job.ts';
import type { Transition } from './pipeline.ts';

/**
 * What a decision can change, a closed union. `engine/tick/apply.ts` applies changes to a snapshot and
 * `store/executions/changes.ts` writes them to the rows, each in one exhaustive switch.
 */
export type Change =
  | { kind: 'transitionDisabled' | 'transitionEnabled'; stageName: string; transition: Transition }
  | { kind: 'executionStarted'; execution: Execution; clientRequestToken?: string }
  | { kind: 'executionWaiting'; executionId: string; stageName: string }
  | { kind: 'executionSuperseded'; executionId: string }
  /** A webhook event started it; `deliveries` are the keys that identify a repetition of the event. */
  | { kind: 'webhookTriggered'; executionId: string; webhookId: string; deliveries: string[] }
  /** What a source check found; stored so that the next check does not start an execution for it again. */
  | { kind: 'sourceSeen'; actionName: string; cursor: string }
  /** The same for a branch or tag of a repository. */
  | { kind: 'refSeen'; actionName: string; ref: string; commit: string; isStarted: boolean }
  /** A stored event of a pull request was decided on and goes. */
  | { kind: 'pullRequestTaken'; actionName: string; sequence: number }
  /** It keeps waiting, but no longer enters automatically. */
  | { kind: 'executionExpired'; executionId: string }
  | {
      kind: 'executionEnded';
      executionId: string;
      status: 'Succeeded' | 'Failed' | 'Stopped' | 'Cancelled';
      statusSummary?: string;
    }
  /** The stage it is in also becomes Stopping. */
  | { kind: 'executionStopping'; executionId: string; stopTrigger: StopTrigger }
  | { kind: 'revisionsRecorded'; executionId: string; revisions: RecordedRevision[] }
  | { kind: 'stageEntered'; executionId: string; stageName: string; isLocking: boolean }
  /** The actions are replaced by new attempts; the conditions are checked again. */
  | {
      kind: 'stageRetried';
      executionId: string;
      stageName: string;
      isLocking: boolean;
      actionIds: string[];
      conditionIds: string[];
      trigger: RetryTrigger;
    }
  | {
      kind: 'stageEnded';
      executionId: string;
      stageName: string;
      status: 'Succeeded' | 'Failed' | 'Skipped' | 'Stopped' | 'Cancelled';
      /** A failed stage is rolled back to the execution that last succeeded in it. */
      isRolledBack?: true;
    }
  | { kind: 'conditionStarted'; executionId: string; condition: ConditionExecution }
  | {
      kind: 'conditionEnded';
      executionId: string;
      conditionId: string;
      status: 'Succeeded' | 'Failed' | 'Cancelled' | 'Abandoned';
      summary?: string;
    }
  /** The failed stage and the execution are in progress again. */
  | {
      kind: 'conditionOverridden';
      executionId: string;
      stageName: string;
      isLocking: boolean;
      conditionId: string;
      summary: string;
    }
  | { kind: 'actionStarted'; executionId: string; action: ActionExecution }
  /** The action with the change applied. */
  | { kind: 'actionProgressed' | 'actionSucceeded' | 'actionFailed' | 'actionAbandoned'; action: ActionExecution }
  | { kind: 'jobQueued'; executionId: string; job: Job }
  | {
      kind: 'jobEnded';
      jobId: string;
      status: Extract<JobStatus, 'Succeeded' | 'Failed' | 'TimedOut'>;
      result?: JobResult;
      /** Set for the result of one delivery: the change fails if the job has been delivered again. */
      deliveries?: number;
    };
