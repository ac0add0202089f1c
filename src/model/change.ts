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
  /** An event of a webhook started it; `deliveries` are the keys by which the event is known when it comes again. */
  | { kind: 'webhookTriggered'; executionId: string; webhookId: string; deliveries: string[] }
  /** What a look at the place of a source action found; kept so that the next look starts nothing for it again. */
  | { kind: 'sourceSeen'; actionName: string; cursor: string }
  /** It waits on, and does not enter by itself any more. */
  | { kind: 'executionExpired'; executionId: string }
  | {
      kind: 'executionEnded';
      executionId: string;
      status: 'Succeeded' | 'Failed' | 'Stopped' | 'Cancelled';
      statusSummary?: string;
    }
  /** The stage it holds is stopping with it. */
  | { kind: 'executionStopping'; executionId: string; stopTrigger: StopTrigger }
  | { kind: 'revisionsRecorded'; executionId: string; revisions: RecordedRevision[] }
  | { kind: 'stageEntered'; executionId: string; stageName: string; isLocking: boolean }
  /** The actions are those whose place new attempts take, the conditions those that were about their outcome. */
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
      /** A failed stage goes back to what succeeded in it last. */
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
  /** Its failed stage, and with it the execution, is in progress again. */
  | {
      kind: 'conditionOverridden';
      executionId: string;
      stageName: string;
      isLocking: boolean;
      conditionId: string;
      summary: string;
    }
  | { kind: 'actionStarted'; executionId: string; action: ActionExecution }
  /** The action as it is from here on. */
  | { kind: 'actionProgressed' | 'actionSucceeded' | 'actionFailed' | 'actionAbandoned'; action: ActionExecution }
  | { kind: 'jobQueued'; executionId: string; job: Job }
  | {
      kind: 'jobEnded';
      jobId: string;
      status: Extract<JobStatus, 'Succeeded' | 'Failed' | 'TimedOut'>;
      result?: JobResult;
      /** What the decision relies on, when it is about one delivery: that the job has not been handed out again. */
      deliveries?: number;
    };
