import type { Change } from '../../../src/model/change.ts';
import type { ConditionKind } from '../../../src/model/condition.ts';
import type { StageExecution } from '../../../src/model/execution.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isEndedAction, isInside } from '../../../src/model/status.ts';
import type { Harness } from '../engine/harness.ts';
import { countingCheck, isKept } from './condition-rules.ts';
import { must } from './must.ts';

/** Reports whether a newer version replaces its version (behaviour C.2.4), independently of the engine. */
export function isOutdated(harness: Harness, { executionMode, pipelineVersion }: ExecutionSnapshot): boolean {
  return executionMode !== 'PARALLEL' && pipelineVersion < harness.declaration().version;
}

/** A stage ends with the result of its attempts and conditions once nothing in it is in progress. */
export function checkStageEnd(
  harness: Harness,
  change: Extract<Change, { kind: 'stageEnded' }>,
  before: ExecutionSnapshot,
): void {
  const { stageName, status } = change;
  const subject = { change, before };
  const within = before.actions.filter((one) => one.stageName === stageName);
  const attempts = within.filter((one) => !one.isRetried && one.conditionId === undefined);
  must(
    before.stages.some((one) => one.stageName === stageName && isInside(one.status)),
    'a stage ends once, for the execution in it',
    subject,
  );
  must(
    within.every((one) => isEndedAction(one.status)),
    'a stage ends after its actions',
    subject,
  );
  const declaration = harness.declaration(before.pipelineVersion);
  const declared = declaration.stages.find(({ name }) => name === stageName)?.actions ?? [];
  const isThrough = declared.every(({ name }) =>
    attempts.some((one) => one.actionName === name && one.status === 'Succeeded'),
  );
  const isComplete = isThrough && isKept(declaration, before, stageName, 'onSuccess');
  const hasFailed = (kind: ConditionKind) => countingCheck(before, stageName, kind)?.status === 'Failed';
  const isStopping = before.status === 'Stopping';
  const isAllowed = {
    Succeeded: isComplete && (isStopping || !isOutdated(harness, before)),
    Failed:
      !isStopping &&
      (attempts.some((one) => one.status === 'Failed') ||
        hasFailed('beforeEntry') ||
        (isThrough && hasFailed('onSuccess'))),
    Skipped: !isStopping && attempts.length === 0 && hasFailed('beforeEntry'),
    Stopped: isStopping && !isComplete,
    Cancelled: !isStopping && isOutdated(harness, before),
  };
  must(isAllowed[status], 'a stage ends with the result of its actions and conditions', subject);
}

/** An execution ends because of its stages, a requested stop, or a newer version. */
export function checkExecutionEnd(
  harness: Harness,
  change: Extract<Change, { kind: 'executionEnded' }>,
  before: ExecutionSnapshot,
): void {
  const { status, stages, rollback, pipelineVersion, stopTrigger } = before;
  const declared = harness.declaration(pipelineVersion);
  const names = rollback ? [rollback.stageName] : declared.stages.map(({ name }) => name);
  const isThrough =
    stages.length === names.length &&
    stages.every((stage, index) => stage.stageName === names[index] && isPassed(stage));
  const lacksVariables = stages.length === 0 && before.waitingStage === undefined && before.variables.length === 0;
  const last = stages.at(-1);
  const isBetween = last === undefined || isPassed(last);
  const isAllowed = {
    Succeeded: status === 'InProgress' && isThrough,
    Failed:
      status === 'InProgress' && (last?.status === 'Failed' || (lacksVariables && declared.variables !== undefined)),
    Stopped: status === 'Stopping' && stopTrigger !== undefined && (isBetween || last.status === 'Stopped'),
    Cancelled: status === 'InProgress' && isOutdated(harness, before) && (isBetween || last.status === 'Cancelled'),
  };
  must(isAllowed[change.status], 'an execution ends for a reason', { change, before });
  must(
    before.actions.every((one) => isEndedAction(one.status)) && !stages.some((one) => isInside(one.status)),
    'an execution ends after everything in it',
    { change, before },
  );
}

function isPassed({ status }: StageExecution): boolean {
  return status === 'Succeeded' || status === 'Skipped';
}
