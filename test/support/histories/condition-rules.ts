import type { Result } from '../../../src/contract/generated.ts';
import type { Change } from '../../../src/model/change.ts';
import type { ConditionExecution, ConditionKind } from '../../../src/model/condition.ts';
import type { ActionExecution } from '../../../src/model/execution.ts';
import type { StoredDeclaration } from '../../../src/model/pipeline.ts';
import type { ExecutionSnapshot } from '../../../src/model/snapshot.ts';
import { isInside } from '../../../src/model/status.ts';
import { must } from './must.ts';

/** Rules about what conditions allow, require and cause (behaviour C.6, C.8). */
export function checkConditionChange(declaration: StoredDeclaration, change: Change, before: ExecutionSnapshot): void {
  switch (change.kind) {
    case 'conditionStarted':
      checkStart(change.condition, before);
      break;
    case 'conditionEnded':
      checkEnd(change, before);
      break;
    case 'actionStarted':
      if (change.action.conditionId === undefined) {
        const { stageName } = change.action;
        must(
          isKept(declaration, before, stageName, 'beforeEntry'),
          'no action starts before its entry condition holds',
          change,
        );
      }
      break;
    case 'stageEnded':
      checkStageEnd(declaration, change, before);
      break;
    case 'stageRetried':
      checkRetried(declaration, change, before);
      break;
    case 'conditionOverridden':
      must(before.status === 'Failed', 'only a failed condition is overridden', change);
      break;
    default:
  }
}

/** A rule is checked once, while its condition is. */
export function checkRuleStart(rule: ActionExecution, before: ExecutionSnapshot): void {
  const check = before.conditions.find(({ id }) => id === rule.conditionId);
  must(check?.status === 'InProgress' && check.stageName === rule.stageName, 'a rule belongs to an open check', rule);
  const twin = rulesOf(before, rule.conditionId).find(({ actionName }) => actionName === rule.actionName);
  must(twin === undefined, 'a rule is checked once', rule);
}

function checkStart(started: ConditionExecution, before: ExecutionSnapshot): void {
  const { stageName, kind } = started;
  must(
    before.status === 'InProgress' && before.rollback === undefined,
    'no check after a stop or in a rollback',
    started,
  );
  const isHeld = before.stages.some((stage) => stage.stageName === stageName && isInside(stage.status));
  must(isHeld, 'a condition is checked only in a stage that its execution is in', started);
  must(countingCheck(before, stageName, kind) === undefined, 'a condition is checked once for an attempt', started);
  const actions = before.actions.filter((one) => one.stageName === stageName && one.conditionId === undefined);
  must(kind !== 'beforeEntry' || actions.length === 0, 'the entry comes before the actions', started);
  const isWorking = actions.some(({ status }) => status === 'InProgress');
  must(!isWorking, 'success and failure are checked after all work has ended', started);
}

function checkEnd(change: Extract<Change, { kind: 'conditionEnded' }>, before: ExecutionSnapshot): void {
  const rules = rulesOf(before, change.conditionId);
  must(!rules.some(({ status }) => status === 'InProgress'), 'a check ends after its rules', change);
  const hasSucceeded = rules.every(({ status }) => status === 'Succeeded');
  const isSuccess = change.status === 'Succeeded';
  must(change.status === 'Cancelled' || isSuccess === hasSucceeded, 'a condition succeeds iff all rules do', change);
}

function checkStageEnd(
  declaration: StoredDeclaration,
  change: Extract<Change, { kind: 'stageEnded' }>,
  before: ExecutionSnapshot,
): void {
  const { stageName, status } = change;
  const open = before.conditions.filter((one) => one.stageName === stageName && one.status === 'InProgress');
  must(open.length === 0, 'no stage ends while its condition is checked', change);
  if (status === 'Succeeded') {
    must(
      isKept(declaration, before, stageName, 'beforeEntry'),
      'no stage succeeds before its entry condition holds',
      change,
    );
    must(
      isKept(declaration, before, stageName, 'onSuccess'),
      'no stage succeeds before its success condition holds',
      change,
    );
  }
  if (before.status === 'InProgress' && (status === 'Skipped' || status === 'Failed')) {
    checkConsequence(declaration, change, before);
  }
}

/** A stage that did not succeed gets the result that its declaration defines. */
function checkConsequence(
  declaration: StoredDeclaration,
  change: Extract<Change, { kind: 'stageEnded' }>,
  before: ExecutionSnapshot,
): void {
  const { stageName, status, isRolledBack = false } = change;
  const stage = declaration.stages.find(({ name }) => name === stageName);
  const kind = attemptsOf(before, stageName).some((one) => one.status === 'Failed') ? 'onFailure' : undefined;
  const gate = countingCheck(before, stageName, 'beforeEntry')?.status === 'Failed' ? 'beforeEntry' : 'onSuccess';
  const result = kind ? engaged(declaration, before, stageName) : stage?.[gate]?.conditions[0]?.result;
  const subject = { change, result, before };
  must((status === 'Skipped') === (result === 'SKIP'), 'a stage is skipped if that is declared', subject);
  must(isRolledBack === (result === 'ROLLBACK'), 'a stage is rolled back if that is declared', subject);
  const { latestRetry } = before.stages.find((one) => one.stageName === stageName) ?? {};
  must(result !== 'RETRY' || latestRetry === 'AutomatedStageRetry', 'a declared automatic retry happens', subject);
  const isDue = kind !== undefined && !before.rollback && stage?.onFailure?.conditions?.[0] !== undefined;
  must(
    !isDue || countingCheck(before, stageName, kind) !== undefined,
    'a failure is checked before it ends its stage',
    subject,
  );
}

/** What the failure of a stage's actions requires. */
function engaged(declaration: StoredDeclaration, before: ExecutionSnapshot, stageName: string): Result | undefined {
  const declared = declaration.stages.find(({ name }) => name === stageName)?.onFailure;
  if (!declared || before.rollback) return undefined;
  const condition = declared.conditions?.[0];
  if (!condition) return declared.result;
  return countingCheck(before, stageName, 'onFailure')?.status === 'Succeeded' ? condition.result : undefined;
}

/** A retry checks the outcome again; automatic retries happen once per failure and only if declared. */
function checkRetried(
  declaration: StoredDeclaration,
  change: Extract<Change, { kind: 'stageRetried' }>,
  before: ExecutionSnapshot,
): void {
  const { stageName, actionIds, conditionIds } = change;
  const kept = before.conditions.filter(
    (one) => one.stageName === stageName && !one.isRetried && !conditionIds.includes(one.id),
  );
  must(!kept.some(({ kind }) => kind !== 'beforeEntry'), 'a retry checks success and failure again', change);
  if (change.trigger !== 'AutomatedStageRetry') return;
  const passage = before.stages.find((one) => one.stageName === stageName);
  must(passage?.latestRetry !== 'AutomatedStageRetry', 'an automatic attempt is not retried automatically', change);
  must(engaged(declaration, before, stageName) === 'RETRY', 'automatic retries happen only as declared', change);
  const { onFailure } = declaration.stages.find(({ name }) => name === stageName) ?? {};
  const isAll = onFailure?.retryConfiguration?.retryMode !== 'FAILED_ACTIONS';
  const wanted = attemptsOf(before, stageName).filter(({ status }) => isAll || status === 'Failed');
  must(wanted.map(({ id }) => id).join() === actionIds.join(), 'a retry is of the failed actions, or of all', change);
}

function attemptsOf({ actions }: ExecutionSnapshot, stageName: string): ActionExecution[] {
  return actions.filter((one) => one.stageName === stageName && !one.isRetried && one.conditionId === undefined);
}

/** Reports whether the stage's condition of this kind, if there is one, held. */
export function isKept(
  declaration: StoredDeclaration,
  execution: ExecutionSnapshot,
  stageName: string,
  kind: 'beforeEntry' | 'onSuccess',
): boolean {
  const declared = declaration.stages.find(({ name }) => name === stageName)?.[kind];
  if (!declared || execution.rollback) return true;
  const status = countingCheck(execution, stageName, kind)?.status;
  return status === 'Succeeded' || status === 'Overridden';
}

/** Returns the counting check of a condition. */
export function countingCheck({ conditions }: ExecutionSnapshot, stageName: string, kind: ConditionKind) {
  return conditions.find((one) => one.stageName === stageName && one.kind === kind && !one.isRetried);
}

function rulesOf({ actions }: ExecutionSnapshot, id: string | undefined): ActionExecution[] {
  return actions.filter(({ conditionId }) => conditionId === id);
}
