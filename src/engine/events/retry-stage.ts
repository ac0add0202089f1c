import type { StageRetryMode } from '../../contract/generated.ts';
import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isEndedAction, isRunning, stageStatuses } from '../../model/status.ts';
import { isChecking } from '../conditions/end-conditions.ts';
import { modeOf } from '../modes/index.ts';
import { isOutdated } from '../tick/cancel-outdated.ts';
import { draftOf, record } from '../tick/draft.ts';
import { overLimit } from '../tick/execution-limit.ts';
import { countingAttempts, hasFailed, retryAttempts } from '../tick/stage-attempts.ts';
import { conclude, tick } from '../tick/tick.ts';

/** Which stage of which execution is to run again, and how much of it. */
export interface RetryRequest {
  executionId: string;
  stageName: string;
  mode: StageRetryMode;
}

/**
 * Runs the failed and abandoned actions of a stage again, or all of them, under the same execution id; what follows
 * them, and what a stop kept from starting, runs then, under the definition it started with (behaviour C.6). Answers the execution's id. The snapshot
 * must tell who entered the stage last.
 */
export function retryStage(snapshot: Snapshot, request: RetryRequest, moment: Moment): Decision<string> {
  const { execution, lastEntrant } = snapshot;
  const { executionId, stageName, mode } = request;
  const attempts = execution ? countingAttempts(execution, stageName) : [];
  const passage = execution?.stages.find((stage) => stage.stageName === stageName);
  // A stopped stage has something left to run even where no action has failed.
  const isUnfinished = passage?.status === 'Stopped' || attempts.some(hasFailed);
  if (!execution || !passage || !isUnfinished || isOutdated(snapshot, execution) || !canRun(passage.status)) {
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
  const draft = record(draftOf(snapshot, moment), retried);
  return conclude(tick(draft, moment), executionId);
}

/** In progress a stage may have failed actions beside running ones; one that is stopping starts nothing. */
function canRun(status: keyof typeof stageStatuses): boolean {
  return status === 'InProgress' || stageStatuses[status].includes('InProgress');
}

function notRetryable({ pipeline, execution }: Snapshot, { executionId, stageName }: RetryRequest): Decision<string> {
  const refuse = 'StageNotRetryableException';
  if (!execution) {
    // The operation declares no error of its own for an execution that is not there.
    const message = `Pipeline Execution with id '${executionId}' does not exist in pipeline with name '${pipeline.name}'`;
    return { refuse, message };
  }
  return {
    refuse,
    message: `The stage named ${stageName} in the ${pipeline.name} pipeline can't be retried now. Either it contains no failed actions, the execution '${executionId}' is already superseded, or the pipeline definition has changed since the action(s) failed.`,
  };
}
