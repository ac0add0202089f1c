import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { countingCheck } from '../conditions/check-condition.ts';
import { modeOf } from '../modes/index.ts';
import { isOutdated } from '../tick/cancel-outdated.ts';
import { draftOf, record } from '../tick/draft.ts';
import { overLimit } from '../tick/execution-limit.ts';
import { conclude, tick } from '../tick/tick.ts';

/** Which failed condition is to count as kept, and who says so. */
export interface OverrideRequest {
  executionId: string;
  stageName: string;
  kind: 'beforeEntry' | 'onSuccess';
  callerArn: string;
}

/**
 * Lets a stage that failed by its condition go on as if the condition had been kept: into its actions, or to the next
 * stage (behaviour C.8). The snapshot must tell who entered the stage last. All texts are ours.
 */
export function overrideCondition(snapshot: Snapshot, request: OverrideRequest, moment: Moment): Decision {
  const { execution, lastEntrant, pipeline } = snapshot;
  const { executionId, stageName, kind, callerArn } = request;
  const what = `The ${kind} condition of the stage '${stageName}' in the pipeline '${pipeline.name}'`;
  const check = execution && countingCheck(execution, stageName, kind);
  if (check?.status === 'InProgress') {
    const message = `${what} is being checked for the execution '${executionId}'. Try again when its outcome is known.`;
    return { refuse: 'ConflictException', message };
  }
  const passage = execution?.stages.find((stage) => stage.stageName === stageName);
  if (!execution || check?.status !== 'Failed' || passage?.status !== 'Failed' || isOutdated(snapshot, execution)) {
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
  const draft = record(draftOf(snapshot, moment), {
    kind: 'conditionOverridden',
    executionId,
    stageName,
    isLocking,
    conditionId: check.id,
    summary: `Overridden by ${callerArn}`,
  });
  return conclude(tick(draft, moment), undefined);
}
