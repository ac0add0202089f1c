import type { Change } from '../model/change.ts';
import type { ExecutionSnapshot, Snapshot, StageOccupancy } from '../model/snapshot.ts';

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
      return { ...snapshot, execution: { ...change.execution, stages: [], actions: [], jobs: [] } };
    case 'executionWaiting':
      return occupy(
        onExecution(snapshot, change.executionId, (execution) => ({
          ...execution,
          waitingStage: change.stageName,
          updatedAt: at,
        })),
        change.stageName,
        (stage) => ({ ...stage, waiting: [...stage.waiting, change.executionId] }),
      );
    case 'executionSuperseded':
      return leaveQueues(
        onExecution(snapshot, change.executionId, (execution) => ({
          ...execution,
          status: 'Superseded',
          waitingStage: undefined,
          updatedAt: at,
        })),
        change.executionId,
      );
    case 'webhookTriggered':
      return snapshot;
    case 'executionEnded':
      return leaveQueues(
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
          stage.isLocking ? { ...stage, status: 'Stopping', updatedAt: at } : stage,
        ),
      }));
    case 'revisionsRecorded':
      return onExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        revisions: change.revisions,
        updatedAt: at,
      }));
    case 'stageEntered':
      return enterStage(snapshot, change.executionId, change.stageName, at);
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
        (stage) => ({ ...stage, holder: undefined }),
      );
    case 'stageRetried':
      return retryStage(snapshot, change, at);
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

function leaveQueues(snapshot: Snapshot, executionId: string): Snapshot {
  return {
    ...snapshot,
    occupancy: snapshot.occupancy.map((stage) => ({
      ...stage,
      waiting: stage.waiting.filter((waiter) => waiter !== executionId),
    })),
  };
}

function enterStage(snapshot: Snapshot, executionId: string, stageName: string, at: number): Snapshot {
  const entered = onExecution(snapshot, executionId, (execution) => ({
    ...execution,
    waitingStage: undefined,
    updatedAt: at,
    stages: [
      ...execution.stages,
      { stageName, status: 'InProgress', isLocking: true, manualRetries: 0, startedAt: at, updatedAt: at },
    ],
  }));
  return occupy(leaveQueues(entered, executionId), stageName, (stage) => ({ ...stage, holder: executionId }));
}

function retryStage(
  snapshot: Snapshot,
  { executionId, stageName, actionIds }: Extract<Change, { kind: 'stageRetried' }>,
  at: number,
): Snapshot {
  const retried = onExecution(snapshot, executionId, (execution) => ({
    ...execution,
    status: 'InProgress',
    statusSummary: undefined,
    stopTrigger: undefined,
    updatedAt: at,
    stages: execution.stages.map((stage) =>
      stage.stageName === stageName
        ? { ...stage, status: 'InProgress', isLocking: true, manualRetries: stage.manualRetries + 1, updatedAt: at }
        : stage,
    ),
    actions: execution.actions.map((action) =>
      actionIds.includes(action.id) ? { ...action, isRetried: true } : action,
    ),
  }));
  return occupy(retried, stageName, (stage) => ({ ...stage, holder: executionId }));
}
