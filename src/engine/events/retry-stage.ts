import type { StageRetryMode } from '../../contract/generated.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isEndedAction, isRunning, stageStatuses } from '../../model/status.ts';
import { isChecking } from '../conditions/end-conditions.ts';
import { modeOf, overLimit } from '../modes/index.ts';
import { isOutdated } from '../tick/cancel-outdated.ts';
import { hasFailed, latestAttempts, retryAttempts } from '../tick/stage-attempts.ts';
import { finish } from '../tick/tick.ts';

/** The stage to retry and which of its actions. */
export interface RetryRequest {
  executionId: string;
  stageName: string;
  mode: StageRetryMode;
}

/**
 * Retries the failed and abandoned actions of a stage, or all of them, in the same execution and with the definition it
 * started with; actions that a stop prevented run as well (behaviour C.6). Returns the execution's id. Needs
 * `lastEntrant` of the snapshot.
 */
export function retryStage(snapshot: Snapshot, request: RetryRequest, moment: Moment): Decision<string> {
  const { execution, lastEntrant } = snapshot;
  const { executionId, stageName, mode } = request;
  const attempts = execution ? latestAttempts(execution, stageName) : [];
  const stage = execution?.stages.find((one) => one.stageName === stageName);
  // A stopped stage has actions left to run even if none has failed.
  const isUnfinished = stage?.status === 'Stopped' || attempts.some(hasFailed);
  if (!execution || !stage || !isUnfinished || isOutdated(snapshot, execution) || !canRun(stage.status)) {
    return notRetryable(snapshot, request);
  }
  const { locksStages } = modeOf(execution);
  if (locksStages && lastEntrant !== executionId) {
    return {
      refuse: 'NotLatestPipelineExecutionException',
      message: `The stage named ${stageName} in the ${snapshot.pipeline.name} pipeline can't be retried for the execution '${executionId}': the execution '${lastEntrant}' has entered it since.`,
    };
  }
  if (isChecking(execution)) {
    return {
      refuse: 'ConflictException',
      message: `The failure condition of the stage named ${stageName} in the ${snapshot.pipeline.name} pipeline is being checked. Try again when its outcome is known.`,
    };
  }
  if (mode === 'ALL_ACTIONS' && !attempts.every(({ status }) => isEndedAction(status))) {
    return {
      refuse: 'StageNotRetryableException',
      message: `All actions of the stage named ${stageName} in the ${snapshot.pipeline.name} pipeline can't be retried now: some of them are in progress.`,
    };
  }
  const refusal = isRunning(execution.status) ? undefined : overLimit(snapshot, execution.executionMode);
  if (refusal) return refusal;
  const retried = retryAttempts(execution, stageName, mode, 'ManualStageRetry');
  return finish(snapshot, moment, [retried], executionId);
}

/** A stage in progress can have failed actions next to running ones; a stopping one starts nothing. */
function canRun(status: keyof typeof stageStatuses): boolean {
  return status === 'InProgress' || stageStatuses[status].includes('InProgress');
}

function notRetryable({ pipeline, execution }: Snapshot, { executionId, stageName }: RetryRequest): Decision<string> {
  const refuse = 'StageNotRetryableException';
  if (!execution) {
    // The operation declares no error of its own for an unknown execution.
    const message = `Pipeline Execution with id '${executionId}' does not exist in pipeline with name '${pipeline.name}'`;
    return { refuse, message };
  }
  return {
    refuse,
    message: `The stage named ${stageName} in the ${pipeline.name} pipeline can't be retried now. Either it contains no failed actions, the execution '${executionId}' is already superseded, or the pipeline definition has changed since the action(s) failed.`,
  };
}
