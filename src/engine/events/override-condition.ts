import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { latestCheck } from '../conditions/check-condition.ts';
import { modeOf, overLimit } from '../modes/index.ts';
import { isOutdated } from '../tick/cancel-outdated.ts';
import { finish } from '../tick/tick.ts';

/** The failed condition to override, and the caller. */
export interface OverrideRequest {
  executionId: string;
  stageName: string;
  kind: 'beforeEntry' | 'onSuccess';
  callerArn: string;
}

/**
 * Resumes a stage that its condition failed as if the condition had passed: with its actions, or with the next stage
 * (behaviour C.8). Needs `lastEntrant` of the snapshot. All texts are ours.
 */
export function overrideCondition(snapshot: Snapshot, request: OverrideRequest, moment: Moment): Decision {
  const { execution, lastEntrant, pipeline } = snapshot;
  const { executionId, stageName, kind, callerArn } = request;
  const what = `The ${kind} condition of the stage '${stageName}' in the pipeline '${pipeline.name}'`;
  const check = execution && latestCheck(execution, stageName, kind);
  if (check?.status === 'InProgress') {
    const message = `${what} is being checked for the execution '${executionId}'. Try again when its outcome is known.`;
    return { refuse: 'ConflictException', message };
  }
  const stage = execution?.stages.find((one) => one.stageName === stageName);
  if (!execution || check?.status !== 'Failed' || stage?.status !== 'Failed' || isOutdated(snapshot, execution)) {
    return {
      refuse: 'ConditionNotOverridableException',
      message: `${what} cannot be overridden for the execution '${executionId}': only a condition that has failed its stage can be, as long as the pipeline has not been updated since.`,
    };
  }
  const { locksStages: isLocking } = modeOf(execution);
  if (isLocking && lastEntrant !== executionId) {
    return {
      refuse: 'NotLatestPipelineExecutionException',
      message: `${what} cannot be overridden for the execution '${executionId}': the execution '${lastEntrant}' has entered the stage since.`,
    };
  }
  const refusal = overLimit(snapshot, execution.executionMode);
  if (refusal) return refusal;
  const summary = `Overridden by ${callerArn}`;
  const overridden: Change = {
    kind: 'conditionOverridden',
    executionId,
    stageName,
    isLocking,
    conditionId: check.id,
    summary,
  };
  return finish(snapshot, moment, [overridden], undefined);
}
