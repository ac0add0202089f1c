import type { Change } from '../../../src/model/change.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isEndedAction, isInside } from '../../../src/model/status.ts';
import { type Harness, openJobs } from '../engine/harness.ts';
import { checkActionStart, checkAttempt, checkJobEnd, checkJobStart } from './action-rules.ts';
import { checkConditionChange, checkRuleStart } from './condition-rules.ts';
import { checkExecutionEnd, checkStageEnd, isOutdated } from './end-rules.ts';
import { must } from './must.ts';
import { checkRollback } from './rollback-rules.ts';
import { checkStatuses } from './status-rules.ts';

type Of<Kind extends Change['kind']> = Extract<Change, { kind: Kind }>;

/**
 * Rules about one change of an execution, given before and after: what may start, which may be superseded, which
 * transitions statuses may have, why something ends.
 */
export function checkChange(
  harness: Harness,
  change: Change,
  before: ExecutionSnapshot | undefined,
  after: ExecutionSnapshot,
): void {
  if (!before) {
    must(change.kind === 'executionStarted', 'an execution begins with its start', change);
    if (change.execution.rollback) checkRollback(harness, change.execution, change.execution.rollback);
    return;
  }
  checkStatuses(change, before, after);
  checkConditionChange(harness.declaration(before.pipelineVersion), change, before);
  switch (change.kind) {
    case 'executionWaiting':
      checkNextStage(harness, change.stageName, before);
      break;
    case 'stageEntered':
      checkEntry(harness, change.stageName, before);
      break;
    case 'stageEnded':
      checkStageEnd(harness, change, before);
      break;
    case 'stageRetried':
      checkRetry(harness, change, before, after);
      break;
    case 'executionEnded':
      checkExecutionEnd(harness, change, before);
      break;
    case 'executionSuperseded':
      checkSuperseded(harness, before);
      break;
    case 'conditionOverridden':
      checkNewest(harness, before, change.stageName);
      break;
    case 'actionStarted':
      if (change.action.conditionId === undefined) checkActionStart(harness, change.action, before);
      else checkRuleStart(change.action, before);
      break;
    case 'jobQueued':
      checkJobStart(harness, change.job, before);
      break;
    case 'actionProgressed':
    case 'actionSucceeded':
    case 'actionFailed':
    case 'actionAbandoned':
      checkAttempt(harness, change.action, before);
      break;
    case 'jobEnded':
      checkJobEnd(harness, change, before);
      break;
  }
}

/** Stages are entered in the declaration's order, each once and only after the previous one (behaviour C.2.1). */
function checkNextStage(
  harness: Harness,
  stageName: string,
  { pipelineVersion, stages, ...rest }: ExecutionSnapshot,
): void {
  const declared = harness.declaration(pipelineVersion).stages;
  must(rest.status === 'InProgress', 'only executions in progress enter a stage', rest);
  must(declared[stages.length]?.name === stageName, 'stages are entered in order', { stageName, stages });
  must(
    stages.every(({ status }) => status === 'Succeeded' || status === 'Skipped'),
    'a stage follows only stages that have succeeded or were skipped',
    { stageName, stages },
  );
}

function checkEntry(harness: Harness, stageName: string, before: ExecutionSnapshot): void {
  const subject = { stageName, before };
  must(!isOutdated(harness, before), 'nothing outdated enters a stage', subject);
  if (before.rollback) {
    must(before.rollback.stageName === stageName && before.stages.length === 0, 'a rollback runs one stage', subject);
    return;
  }
  checkNextStage(harness, stageName, before);
  must(before.waitingStage === stageName, 'an execution enters the stage it waits for', subject);
  must(!harness.isClosed(stageName), 'only rollbacks pass a disabled transition', subject);
  const others = harness.placed().filter((one) => one.waitingStage === stageName && one.executionMode === 'SUPERSEDED');
  must(before.executionMode !== 'SUPERSEDED' || others.length === 0, 'of those that meet before a stage one enters', {
    stageName,
    others,
  });
}

/**
 * After a retry all failed attempts no longer count, but running and other ones still do; there are none only
 * if a stop kept the rest of the stage from starting (behaviour C.6).
 */
function checkRetry(
  harness: Harness,
  { stageName }: Of<'stageRetried'>,
  before: ExecutionSnapshot,
  after: ExecutionSnapshot,
): void {
  const retried = after.actions.filter(({ isRetried }, index) => isRetried && !before.actions[index]?.isRetried);
  const isStopped = before.stages.at(-1)?.status === 'Stopped';
  must(isStopped || retried.length > 0, 'a retry retries something', after);
  must(
    retried.every(({ status }) => isEndedAction(status)),
    'a retry does not affect running actions',
    retried,
  );
  must(
    retried.every((action) => action.stageName === stageName),
    'a retry does not affect other stages',
    retried,
  );
  const isFailed = after.actions.some(
    ({ isRetried, conditionId, status }) =>
      !isRetried && conditionId === undefined && isEndedAction(status) && status !== 'Succeeded',
  );
  must(!isFailed, 'a retry retries all failed actions', after);
  must(before.id === after.id && before.startedAt === after.startedAt, 'a retry stays in its execution', after);
  must(before.waitingStage === undefined, 'a waiting execution has nothing to retry', before);
  must(before.status !== 'Stopping', 'no stopping execution is retried', before);
  must(before.stages.at(-1)?.stageName === stageName, 'a retry is of the execution’s latest stage', before);
  checkNewest(harness, before, stageName);
}

/** Which executions may be retried in a stage. */
function checkNewest(harness: Harness, before: ExecutionSnapshot, stageName: string): void {
  const isNewest = before.executionMode === 'PARALLEL' || harness.lastEntrant(stageName) === before.id;
  must(isNewest, 'only the latest execution of a stage is retried or overridden in it', before);
  must(!isOutdated(harness, before), 'nothing outdated is retried or overridden', before);
}

/** The newer of two executions that wait for a stage stays (behaviour C.2.2). */
function checkSuperseded(harness: Harness, before: ExecutionSnapshot): void {
  const isWithin = before.stages.some(({ status }) => isInside(status));
  must(before.waitingStage !== undefined && !isWithin, 'only waiting executions are superseded', before);
  must(openJobs(before).length === 0, 'a waiting execution has no running work', before);
  const all = harness.executions();
  const isNewer = ({ id }: ExecutionSnapshot) =>
    all.findLastIndex((one) => one.id === id) > all.findLastIndex((one) => one.id === before.id);
  must(
    harness.placed().some((one) => one.waitingStage === before.waitingStage && isNewer(one)),
    'only a newer execution supersedes',
    before,
  );
}
