import type { ExecutionMode } from '../../src/contract/generated.ts';
import type { Change } from '../../src/model/change.ts';
import type { ActionExecution } from '../../src/model/execution.ts';
import type { StoredDeclaration } from '../../src/model/pipeline.ts';
import type { ExecutionSnapshot } from '../../src/model/snapshot.ts';
import {
  actionStatuses,
  conditionStatuses,
  executionStatuses,
  isEndedAction,
  isInside,
  isOpenJob,
  jobStatuses,
  stageStatuses,
} from '../../src/model/status.ts';
import { checkConditionChange, checkRuleStart } from './condition-invariants.ts';
import { openJobs, waitingApprovals } from './world.ts';

function must(holds: boolean, rule: string, subject: unknown): void {
  if (!holds) throw new Error(`${rule}: ${JSON.stringify(subject)}`);
}

/** Rules about one change: what may start, who may be superseded, where statuses may go. */
export function checkChange(
  declaration: StoredDeclaration,
  change: Change,
  before: ExecutionSnapshot | undefined,
  after: ExecutionSnapshot,
  isClosed: (stageName: string) => boolean,
): void {
  must(before !== undefined || change.kind === 'executionStarted', 'an execution begins with its start', change);
  if (!before) return;
  checkStatuses(before, after);
  if (change.kind === 'stageEntered')
    must(!isClosed(change.stageName) || after.rollback !== undefined, 'a closed way lets only rollbacks in', change);
  checkConditionChange(declaration, change, before);
  if (change.kind === 'actionStarted' && change.action.conditionId !== undefined) checkRuleStart(change.action, before);
  else if (change.kind === 'actionStarted') checkActionStart(declaration, change.action, before);
  if (change.kind === 'jobQueued') checkJobInputs(declaration, change.job.actionExecutionId, after);
  if (change.kind === 'stageRetried') checkRetry(before, after);
  if (change.kind === 'executionSuperseded') {
    must(
      before.waitingStage !== undefined && stagesInside(before).length === 0,
      'superseding hits only waiters',
      before,
    );
    must(openJobs(before).length === 0, 'a waiter has no work going on', before);
  }
}

/** A retry takes attempts out of the count, and nothing that works or has succeeded elsewhere. */
function checkRetry(before: ExecutionSnapshot, after: ExecutionSnapshot): void {
  const retried = after.actions.filter(({ isRetried }, index) => isRetried && !before.actions[index]?.isRetried);
  must(retried.length > 0, 'a retry retries something', after);
  must(
    retried.every(({ status }) => isEndedAction(status)),
    'a retry lets running actions run',
    retried,
  );
  must(before.id === after.id && before.startedAt === after.startedAt, 'a retry stays in its execution', after);
  must(before.waitingStage === undefined, 'a waiting execution has nothing to retry', before);
}

/** Of two that meet before a stage the newer one stays (behaviour C.2.2); `executions` oldest first. */
export function checkOvertaken(executions: ExecutionSnapshot[], superseded: ExecutionSnapshot): void {
  const newer = executions.slice(executions.findIndex(({ id }) => id === superseded.id) + 1);
  const isOvertaken = newer.some(({ waitingStage }) => waitingStage === superseded.waitingStage);
  must(isOvertaken, 'only a newer execution supersedes', superseded);
}

function checkStatuses(before: ExecutionSnapshot, after: ExecutionSnapshot): void {
  checkMove(executionStatuses, before.status, after.status, after.id);
  checkMoves(stageStatuses, before.stages, after.stages, ({ stageName }) => stageName);
  checkMoves(actionStatuses, before.actions, after.actions, ({ id }) => id);
  checkMoves(conditionStatuses, before.conditions, after.conditions, ({ id }) => id);
  checkMoves(jobStatuses, before.jobs, after.jobs, ({ id }) => id);
}

type Table<Status extends string> = Record<Status, readonly Status[]>;

function checkMoves<Status extends string, Item extends { status: Status }>(
  table: Table<Status>,
  before: Item[],
  after: Item[],
  nameOf: (item: Item) => string,
): void {
  before.forEach((item, index) => {
    const same = after[index];
    must(same !== undefined && nameOf(same) === nameOf(item), 'nothing that was stated disappears', item);
    if (same) checkMove(table, item.status, same.status, nameOf(item));
  });
}

function checkMove<Status extends string>(table: Table<Status>, from: Status, to: Status, name: string): void {
  must(from === to || table[from].includes(to), 'statuses move only along their table', { name, from, to });
}

function checkActionStart(declaration: StoredDeclaration, started: ActionExecution, before: ExecutionSnapshot): void {
  const { stageName, actionName } = started;
  must(before.status === 'InProgress', 'no action starts after a stop', started);
  const counting = before.actions.filter(
    (one) => one.stageName === stageName && !one.isRetried && one.conditionId === undefined,
  );
  const twin = counting.find((one) => one.actionName === actionName);
  must(twin === undefined, 'no action starts again but by a retry', started);
  must(
    stagesInside(before).includes(stageName),
    'an action starts only in a stage its execution is inside of',
    started,
  );
  const lower = declaration.stages
    .find(({ name }) => name === stageName)
    ?.actions.filter(({ runOrder }) => runOrder < started.start.runOrder);
  const isDone = lower?.every(({ name }) =>
    counting.some((one) => one.actionName === name && one.status === 'Succeeded'),
  );
  must(isDone === true, 'an action starts only after every lower run order', started);
}

function checkJobInputs(declaration: StoredDeclaration, actionId: string, execution: ExecutionSnapshot): void {
  const action = execution.actions.find(({ id }) => id === actionId);
  if (action?.conditionId !== undefined) return;
  const declared = declaration.stages
    .find(({ name }) => name === action?.stageName)
    ?.actions.find(({ name }) => name === action?.actionName);
  for (const { name } of declared?.inputArtifacts ?? []) {
    const input = action?.start.inputArtifacts.find((one) => one.name === name);
    if (execution.rollback?.artifacts.some((one) => one.name === name && one.objectKey === input?.objectKey)) continue;
    const producer = execution.actions.find(({ start }) =>
      start.outputArtifacts.some((one) => one.name === name && one.objectKey === input?.objectKey),
    );
    must(producer?.status === 'Succeeded' && !producer.isRetried, 'no action works before its inputs exist', {
      action,
      name,
    });
  }
}

/** Whether the execution has not come to an end. */
export function isRunning({ status }: ExecutionSnapshot): boolean {
  return status === 'InProgress' || status === 'Stopping';
}

/** The stages the execution is inside of. */
function stagesInside({ stages }: ExecutionSnapshot): string[] {
  return stages.filter(({ status }) => isInside(status)).map(({ stageName }) => stageName);
}

/** Executions are never changed but replaced, so each needs to be looked into once. */
const checked = new WeakSet<ExecutionSnapshot>();

/** Rules about all executions of one pipeline between two events. */
export function checkSettled(executions: ExecutionSnapshot[], isClosed: (stageName: string) => boolean): void {
  const holders = new Map<string, string>();
  const slots = new Set<string>();
  const waiters: { stageName: string; executionMode: ExecutionMode }[] = [];
  for (const execution of executions) {
    const { executionMode, waitingStage, hasLapsed } = execution;
    const inside = stagesInside(execution);
    const locked = executionMode === 'PARALLEL' ? [] : inside;
    must(
      locked.every((name) => execution.stages.find(({ stageName }) => stageName === name)?.isLocking) &&
        execution.stages.filter(({ isLocking }) => isLocking).length === locked.length,
      'executions hold the stages they are inside of, but for PARALLEL ones',
      execution,
    );
    for (const stageName of locked) {
      must(!holders.has(stageName), 'at most one execution holds a stage', { stageName, by: execution.id });
      holders.set(stageName, execution.id);
    }
    if (waitingStage !== undefined && executionMode === 'SUPERSEDED') {
      must(!slots.has(waitingStage), 'at most one execution waits before a stage', { waitingStage, by: execution.id });
      slots.add(waitingStage);
    }
    if (waitingStage !== undefined && !hasLapsed) waiters.push({ stageName: waitingStage, executionMode });
    const places = inside.length + (waitingStage === undefined ? 0 : 1);
    must(places === (isRunning(execution) ? 1 : 0), 'a running execution is in one place', execution);
    if (!checked.has(execution)) checkJobs(execution);
    checked.add(execution);
  }
  for (const waiter of waiters) {
    const isHeld = waiter.executionMode !== 'PARALLEL' && holders.has(waiter.stageName);
    must(isHeld || isClosed(waiter.stageName), 'nobody waits before a free and open stage', waiter);
  }
}

function checkJobs(execution: ExecutionSnapshot): void {
  for (const action of execution.actions) {
    const open = execution.jobs.filter((job) => job.actionExecutionId === action.id && isOpenJob(job.status));
    const isAsking = waitingApprovals(execution).includes(action);
    must(
      open.length === (isEndedAction(action.status) || isAsking ? 0 : 1),
      'work goes on under exactly one job',
      action,
    );
    must(isAsking === (action.deadlineAt !== undefined), 'only what waits without a job has a deadline', action);
  }
  const isWorking = openJobs(execution).length + waitingApprovals(execution).length > 0;
  const isWithin = stagesInside(execution).length > 0;
  must(isWorking === isWithin, 'an execution is inside a stage exactly while work goes on in it', execution);
}
