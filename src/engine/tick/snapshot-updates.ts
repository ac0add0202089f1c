import type { RetryTrigger } from '../../contract/generated.ts';
import type { Change } from '../../model/change.ts';
import type { ConditionExecution } from '../../model/condition.ts';
import type { Execution, StageExecution } from '../../model/execution.ts';
import type { ExecutionSnapshot, Snapshot, StageOccupancy } from '../../model/snapshot.ts';
import { isRunning } from '../../model/status.ts';
import { modeOf } from '../modes/index.ts';

type Update<T> = (value: T) => T;

/** Updates the execution that the decision is about. */
export function updateSubject(snapshot: Snapshot, update: Update<ExecutionSnapshot>): Snapshot {
  return snapshot.execution ? { ...snapshot, execution: update(snapshot.execution) } : snapshot;
}

/** Updates the execution with this id; others are not in the snapshot. */
export function updateExecution(snapshot: Snapshot, id: string, update: Update<ExecutionSnapshot>): Snapshot {
  return snapshot.execution?.id === id ? updateSubject(snapshot, update) : snapshot;
}

/** Updates what the snapshot holds about the occupancy of a stage. */
export function updateStage(snapshot: Snapshot, stageName: string, update: Update<StageOccupancy>): Snapshot {
  return {
    ...snapshot,
    occupancy: snapshot.occupancy.map((stage) => (stage.stageName === stageName ? update(stage) : stage)),
  };
}

/** Ends the execution; it is no longer counted and waits nowhere. */
export function endExecution(
  snapshot: Snapshot,
  executionId: string,
  end: Pick<Execution, 'status' | 'statusSummary' | 'updatedAt'>,
): Snapshot {
  const ended = updateExecution(snapshot, executionId, (execution) => ({
    ...execution,
    ...end,
    waitingStage: undefined,
  }));
  return { ...leaveQueues(ended, executionId), runningExecutions: snapshot.runningExecutions - 1 };
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

/** Adds the execution to those that wait for a stage; PARALLEL executions have a list of their own. */
export function joinWaiters({ execution }: Snapshot, stage: StageOccupancy, executionId: string): StageOccupancy {
  return execution && !modeOf(execution).locksStages
    ? { ...stage, waitingParallel: [...stage.waitingParallel, executionId] }
    : { ...stage, waiting: [...stage.waiting, executionId] };
}

/** Marks the wait as expired. Expired PARALLEL executions are not listed at their stage. */
export function expireWait(snapshot: Snapshot, executionId: string): Snapshot {
  const stage = snapshot.occupancy.find(({ waiting }) => waiting.includes(executionId));
  const expired = leaveQueues(
    updateExecution(snapshot, executionId, (execution) => ({ ...execution, hasExpired: true })),
    executionId,
  );
  if (!stage) return expired;
  return updateStage(expired, stage.stageName, (left) => ({ ...left, expired: [...left.expired, executionId] }));
}

const firstAttempt = { status: 'InProgress', manualRetries: 0, automaticRetries: 0 } as const;

/** Moves the execution from its wait into the stage. */
export function enterStage(
  snapshot: Snapshot,
  { executionId, stageName, isLocking }: Extract<Change, { kind: 'stageEntered' }>,
  at: number,
): Snapshot {
  const entered = updateExecution(snapshot, executionId, (execution) => ({
    ...execution,
    waitingStage: undefined,
    updatedAt: at,
    stages: [...execution.stages, { ...firstAttempt, stageName, isLocking, startedAt: at, updatedAt: at }],
  }));
  const left = leaveQueues(entered, executionId);
  return isLocking ? hold(left, stageName, executionId) : left;
}

function hold(snapshot: Snapshot, stageName: string, executionId: string): Snapshot {
  return updateStage(snapshot, stageName, (stage) => ({ ...stage, holder: executionId }));
}

/** Takes the retried attempts out of the count and resumes the stage. */
export function retryStage(
  snapshot: Snapshot,
  change: Extract<Change, { kind: 'stageRetried' }>,
  at: number,
): Snapshot {
  const { executionId, stageName, actionIds, conditionIds, trigger } = change;
  const retried = updateExecution(snapshot, executionId, (execution) => ({
    ...execution,
    stages: execution.stages.map((stage) =>
      stage.stageName === stageName ? { ...stage, ...countRetry(stage, trigger), lastRetriedAt: at } : stage,
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

/** Brings a stage back in progress, and the execution that had ended in it. */
function resumeStage(
  snapshot: Snapshot,
  { executionId, stageName, isLocking }: { executionId: string; stageName: string; isLocking: boolean },
  at: number,
): Snapshot {
  const isResumed = snapshot.execution !== undefined && !isRunning(snapshot.execution.status);
  const counted = { ...snapshot, runningExecutions: snapshot.runningExecutions + (isResumed ? 1 : 0) };
  const resumed = updateExecution(counted, executionId, (execution) => ({
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

/** Records the outcome of a check. */
export function endCondition(
  snapshot: Snapshot,
  {
    executionId,
    conditionId,
    status,
    summary,
  }: Omit<Extract<Change, { kind: 'conditionEnded' }>, 'kind' | 'status'> & Pick<ConditionExecution, 'status'>,
  at: number,
): Snapshot {
  return updateExecution(snapshot, executionId, (execution) => ({
    ...execution,
    conditions: execution.conditions.map((condition) =>
      condition.id === conditionId ? { ...condition, status, summary, updatedAt: at } : condition,
    ),
  }));
}

/** Records the override of a check and resumes the stage. */
export function overrideCondition(
  snapshot: Snapshot,
  change: Extract<Change, { kind: 'conditionOverridden' }>,
  at: number,
): Snapshot {
  return resumeStage(endCondition(snapshot, { ...change, status: 'Overridden' }, at), change, at);
}
