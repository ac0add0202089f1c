import type { Change } from '../../model/change.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isInside } from '../../model/status.ts';
import {
  endCondition,
  endExecution,
  enterStage,
  expireWait,
  joinWaiters,
  overrideCondition,
  retryStage,
  updateExecution,
  updateStage,
  updateSubject,
} from './snapshot-updates.ts';

/**
 * Returns the snapshot after a change at the instant `at` (ms), so that a decision can build on its own earlier
 * changes. It has to match what `store/executions/changes.ts` writes to the rows.
 */
export function apply(snapshot: Snapshot, change: Change, at: number): Snapshot {
  switch (change.kind) {
    case 'transitionDisabled':
    case 'transitionEnabled':
      return updateStage(snapshot, change.stageName, (stage) => ({ ...stage, transition: change.transition }));
    case 'executionStarted':
      return {
        ...snapshot,
        runningExecutions: snapshot.runningExecutions + 1,
        execution: { ...change.execution, stages: [], actions: [], conditions: [], jobs: [] },
      };
    case 'executionWaiting':
      return updateStage(
        updateExecution(snapshot, change.executionId, (execution) => ({
          ...execution,
          waitingStage: change.stageName,
          updatedAt: at,
        })),
        change.stageName,
        (stage) => joinWaiters(snapshot, stage, change.executionId),
      );
    case 'executionExpired':
      return expireWait(snapshot, change.executionId);
    case 'executionSuperseded':
      return endExecution(snapshot, change.executionId, { status: 'Superseded', updatedAt: at });
    case 'webhookTriggered':
    case 'sourceSeen':
    case 'refSeen':
    case 'pullRequestTaken':
      return snapshot;
    case 'executionEnded': {
      const { executionId, status, statusSummary } = change;
      return endExecution(snapshot, executionId, { status, statusSummary, updatedAt: at });
    }
    case 'executionStopping':
      return updateExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        status: 'Stopping',
        stopTrigger: change.stopTrigger,
        updatedAt: at,
        stages: execution.stages.map((stage) =>
          isInside(stage.status) ? { ...stage, status: 'Stopping', updatedAt: at } : stage,
        ),
      }));
    case 'revisionsRecorded':
      return updateExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        revisions: change.revisions,
        updatedAt: at,
      }));
    case 'stageEntered':
      return enterStage(snapshot, change, at);
    case 'stageEnded':
      return updateStage(
        updateExecution(snapshot, change.executionId, (execution) => ({
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
      return updateExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        conditions: [...execution.conditions, change.condition],
      }));
    case 'conditionEnded':
      return endCondition(snapshot, change, at);
    case 'conditionOverridden':
      return overrideCondition(snapshot, change, at);
    case 'actionStarted':
      return updateExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        actions: [...execution.actions, change.action],
      }));
    case 'actionProgressed':
    case 'actionSucceeded':
    case 'actionFailed':
    case 'actionAbandoned':
      return updateSubject(snapshot, (execution) => ({
        ...execution,
        actions: execution.actions.map((action) => (action.id === change.action.id ? change.action : action)),
      }));
    case 'jobQueued':
      return updateExecution(snapshot, change.executionId, (execution) => ({
        ...execution,
        jobs: [...execution.jobs, change.job],
      }));
    case 'jobEnded':
      return updateSubject(snapshot, (execution) => ({
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
