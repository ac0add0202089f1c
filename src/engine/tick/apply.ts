import type { RetryTrigger } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { ConditionExecution } from '../../model/condition.ts';
import type { StageExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot, Snapshot, StageOccupancy } from '../../model/snapshot.ts';
import { isInside, isRunning } from '../../model/status.ts';
import { modeOf } from '../modes/index.ts';

/**
 * The snapshot as it is after `change` at the instant `at` (ms), so that one decision can build on its own earlier
 * facts; exactly what `store/sql/changes.ts` makes of the rows.
 */
export function apply(snapshot: Snapshot, change: Change, at: number): Snapshot {
  switch (change.kind) {
    case 'transitionDisabled':
    case 'transitionEnabled':
      return occupy(snapshot, change.stageName, (stage) => ({ ...stage, transition: change.transition }));
    case 'executionStarted':
      return {
        ...snapshot,
        runningExecutions: snapshot.runningExecutions + 1,
        execution: { ...change.execution, stages: [], actions: [], conditions: [], jobs: [] },
      };
    case 'executionWaiting':
      return occupy(
        onExecution(snapshot, change.executionId, (execution) => ({
          ...execution,
          waitingStage: change.stageName,
          updatedAt: at,
        })),
        change.stageName,
        (stage) => joinWaiters(snapshot, stage, change.executionId),
      );
    case 'executionExpired':
      return expire(snapshot, change.executionId);
    case 'executionSuperseded':
      return leavePipeline(
        onExecution(snapshot, change.executionId, (execution) => ({
          ...execution,
          status: 'Superseded',
          waitingStage: undefined,
          updatedAt: at,
        })),
        change.executionId,
      );
    case 'webhookTriggered':
    case 'sourceSeen':
      return snapshot;
    case 'executionEnded':
      return leavePipeline(
        onExecution(snapshot, change.executionId, (execution) => ({
          ...execution,
          status: change.status,
          statusSummary: change.statusSummary,
          waitingStage: undefined,
          updatedAt: at,
        })),
        change.executionId,
      );
    case 'executionStopping':
      return onExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        status: 'Stopping',
        stopTrigger: change.stopTrigger,
        updatedAt: at,
        stages: execution.stages.map((stage) =>
          isInside(stage.status) ? { ...stage, status: 'Stopping', updatedAt: at } : stage,
        ),
      }));
    case 'revisionsRecorded':
      return onExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        revisions: change.revisions,
        updatedAt: at,
      }));
    case 'stageEntered':
      return enterStage(snapshot, change, at);
    case 'stageEnded':
      return occupy(
        onExecution(snapshot, change.executionId, (execution) => ({
          ...execution,
          stages: execution.stages.map((stage) =>
            stage.stageName === change.stageName
              ? { ...stage, status: change.status, isLocking: false, updatedAt: at }
              : stage,
          ),
        })),
        change.stageName,
        (stage) => ({ ...stage, holder: stage.holder === change.executionId ? undefined : stage.holder }),
      );
    case 'stageRetried':
      return retryStage(snapshot, change, at);
    case 'conditionStarted':
      return onExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        conditions: [...execution.conditions, change.condition],
      }));
    case 'conditionEnded':
      return onCondition(snapshot, change, at);
    case 'conditionOverridden':
      return overrideCondition(snapshot, change, at);
    case 'actionStarted':
      return onExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        actions: [...execution.actions, change.action],
      }));
    case 'actionProgressed':
    case 'actionSucceeded':
    case 'actionFailed':
    case 'actionAbandoned':
      return onTouched(snapshot, (execution) => ({
        ...execution,
        actions: execution.actions.map((action) => (action.id === change.action.id ? change.action : action)),
      }));
    case 'jobQueued':
      return onExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        jobs: [...execution.jobs, change.job],
      }));
    case 'jobEnded':
      return onTouched(snapshot, (execution) => ({
        ...execution,
        jobs: execution.jobs.map((job) =>
          job.id === change.jobId
            ? { ...job, status: change.status, result: change.result, offerAt: undefined, deadlineAt: undefined }
            : job,
        ),
      }));
    default:
      return change satisfies never;
  }
}

type Mend<T> = (value: T) => T;

function onTouched(snapshot: Snapshot, mend: Mend<ExecutionSnapshot>): Snapshot {
  return snapshot.execution ? { ...snapshot, execution: mend(snapshot.execution) } : snapshot;
}

function onExecution(snapshot: Snapshot, id: string, mend: Mend<ExecutionSnapshot>): Snapshot {
  return snapshot.execution?.id === id ? onTouched(snapshot, mend) : snapshot;
}

function occupy(snapshot: Snapshot, stageName: string, mend: Mend<StageOccupancy>): Snapshot {
  return {
    ...snapshot,
    occupancy: snapshot.occupancy.map((stage) => (stage.stageName === stageName ? mend(stage) : stage)),
  };
}

function leavePipeline(snapshot: Snapshot, executionId: string): Snapshot {
  return { ...leaveQueues(snapshot, executionId), runningExecutions: snapshot.runningExecutions - 1 };
}

function leaveQueues(snapshot: Snapshot, executionId: string): Snapshot {
  return {
    ...snapshot,
    occupancy: snapshot.occupancy.map((stage) => ({
      ...stage,
      waiting: stage.waiting.filter((waiter) => waiter !== executionId),
      expired: stage.expired.filter((waiter) => waiter !== executionId),
      waitingParallel: stage.waitingParallel.filter((waiter) => waiter !== executionId),
    })),
  };
}

/** PARALLEL executions wait apart from the others. */
function joinWaiters({ execution }: Snapshot, stage: StageOccupancy, executionId: string): StageOccupancy {
  return execution && !modeOf(execution).locksStages
    ? { ...stage, waitingParallel: [...stage.waitingParallel, executionId] }
    : { ...stage, waiting: [...stage.waiting, executionId] };
}

function expire(snapshot: Snapshot, executionId: string): Snapshot {
  const stage = snapshot.occupancy.find(({ waiting }) => waiting.includes(executionId));
  const expired = leaveQueues(
    onExecution(snapshot, executionId, (execution) => ({ ...execution, hasExpired: true })),
    executionId,
  );
  // A PARALLEL one is nobody's concern any more.
  if (!stage) return expired;
  return occupy(expired, stage.stageName, (left) => ({ ...left, expired: [...left.expired, executionId] }));
}

const firstPassage = { status: 'InProgress', manualRetries: 0, automaticRetries: 0 } as const;

function enterStage(
  snapshot: Snapshot,
  { executionId, stageName, isLocking }: Extract<Change, { kind: 'stageEntered' }>,
  at: number,
): Snapshot {
  const entered = onExecution(snapshot, executionId, (execution) => ({
    ...execution,
    waitingStage: undefined,
    updatedAt: at,
    stages: [...execution.stages, { ...firstPassage, stageName, isLocking, startedAt: at, updatedAt: at }],
  }));
  const left = leaveQueues(entered, executionId);
  return isLocking ? hold(left, stageName, executionId) : left;
}

function hold(snapshot: Snapshot, stageName: string, executionId: string): Snapshot {
  return occupy(snapshot, stageName, (stage) => ({ ...stage, holder: executionId }));
}

function retryStage(snapshot: Snapshot, change: Extract<Change, { kind: 'stageRetried' }>, at: number): Snapshot {
  const { executionId, stageName, actionIds, conditionIds, trigger } = change;
  const retried = onExecution(snapshot, executionId, (execution) => ({
    ...execution,
    stages: execution.stages.map((stage) =>
      stage.stageName === stageName ? { ...stage, ...countRetry(stage, trigger) } : stage,
    ),
    actions: execution.actions.map((action) =>
      actionIds.includes(action.id) ? { ...action, isRetried: true } : action,
    ),
    conditions: execution.conditions.map((condition) =>
      conditionIds.includes(condition.id) ? { ...condition, isRetried: true } : condition,
    ),
  }));
  return resumeStage(retried, change, at);
}

function countRetry(
  { manualRetries, automaticRetries }: StageExecution,
  trigger: RetryTrigger,
): Pick<StageExecution, 'manualRetries' | 'automaticRetries' | 'latestRetry'> {
  return trigger === 'ManualStageRetry'
    ? { manualRetries: manualRetries + 1, automaticRetries, latestRetry: trigger }
    : { manualRetries, automaticRetries: automaticRetries + 1, latestRetry: trigger };
}

/** An execution that had come to its end in a stage is in progress in it again. */
function resumeStage(
  snapshot: Snapshot,
  { executionId, stageName, isLocking }: { executionId: string; stageName: string; isLocking: boolean },
  at: number,
): Snapshot {
  const isResumed = snapshot.execution !== undefined && !isRunning(snapshot.execution.status);
  const counted = { ...snapshot, runningExecutions: snapshot.runningExecutions + (isResumed ? 1 : 0) };
  const resumed = onExecution(counted, executionId, (execution) => ({
    ...execution,
    status: 'InProgress',
    statusSummary: undefined,
    stopTrigger: undefined,
    updatedAt: at,
    stages: execution.stages.map((stage) =>
      stage.stageName === stageName ? { ...stage, status: 'InProgress', isLocking, updatedAt: at } : stage,
    ),
  }));
  return isLocking ? hold(resumed, stageName, executionId) : resumed;
}

function onCondition(
  snapshot: Snapshot,
  {
    executionId,
    conditionId,
    status,
    summary,
  }: Omit<Extract<Change, { kind: 'conditionEnded' }>, 'kind' | 'status'> & Pick<ConditionExecution, 'status'>,
  at: number,
): Snapshot {
  return onExecution(snapshot, executionId, (execution) => ({
    ...execution,
    conditions: execution.conditions.map((condition) =>
      condition.id === conditionId ? { ...condition, status, summary, updatedAt: at } : condition,
    ),
  }));
}

function overrideCondition(
  snapshot: Snapshot,
  change: Extract<Change, { kind: 'conditionOverridden' }>,
  at: number,
): Snapshot {
  return resumeStage(onCondition(snapshot, { ...change, status: 'Overridden' }, at), change, at);
}
