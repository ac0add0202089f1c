import type { ActionExecutionDetail } from '@aws-sdk/client-codepipeline';
import type { ExecutionAccount, JobAccount, Ledger } from './ledger.ts';

/** The jobs of each action execution; the ledger has them by id. */
export type JobsByAction = Map<string, JobAccount[]>;

export function jobsByAction({ jobs }: Ledger): JobsByAction {
  return groupBy([...jobs.values()], ({ actionExecutionId }) => actionExecutionId);
}

function groupBy<Item>(items: Item[], keyOf: (item: Item) => string): Map<string, Item[]> {
  const groups = new Map<string, Item[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Returns the differences between an execution's history and the ledger. */
export function judgeExecution(
  ledger: Ledger,
  account: ExecutionAccount,
  { actions, jobs }: { actions: ActionExecutionDetail[]; jobs: JobsByAction },
): string[] {
  const found = new Map(actions.map((action) => [action.actionExecutionId ?? '', action]));
  const broken: string[] = [];
  for (const [actionExecutionId, accounts] of jobs) {
    if (accounts[0]?.executionId !== account.id) continue;
    const action = found.get(actionExecutionId);
    if (!action) broken.push(`action execution ${actionExecutionId} is gone`);
    else broken.push(...judgeResults(action, accounts));
  }
  for (const action of actions) {
    const response = ledger.approvals.get(action.actionExecutionId ?? '');
    const expected = response === 'Approved' ? 'Succeeded' : 'Failed';
    if (response !== undefined && action.status !== expected) broken.push(`${nameOf(action)} was ${response}`);
    if (!ledger.mayBuiltInFail && isBuiltIn(action) && action.status === 'Failed')
      broken.push(`${nameOf(action)} failed: ${reasonOf(action)}`);
  }
  return [...broken, ...judgeAttempts(account, actions)].map((text) => `${account.pipelineName}: ${text}`);
}

/** Reports whether the server performs the action; under this load it must never fail. */
function isBuiltIn({ input }: ActionExecutionDetail): boolean {
  return input?.actionTypeId?.owner === 'AWS' && input.actionTypeId.category !== 'Approval';
}

function reasonOf({ output }: ActionExecutionDetail): string | undefined {
  return output?.executionResult?.errorDetails?.message;
}

function nameOf({ pipelineExecutionId, stageName, actionName, actionExecutionId, status }: ActionExecutionDetail) {
  return `${actionName} of ${stageName} in ${pipelineExecutionId} (${actionExecutionId}, ${status})`;
}

/** An action with an accepted result has it, unless it was abandoned. */
function judgeResults(action: ActionExecutionDetail, accounts: JobAccount[]): string[] {
  if (action.status === 'Abandoned') return [];
  const accepted = accounts.flatMap((account) => [...account.accepted.values()]);
  const final = accepted.filter(({ outcome }) => outcome !== 'Continued');
  if (final.length > 1) return [`${nameOf(action)} took ${final.map(({ marker }) => marker).join(' and ')}`];
  const [result] = final;
  if (!result) return [];
  const marker = action.output?.executionResult?.externalExecutionId;
  if (action.status === result.outcome && marker === result.marker) return [];
  return [`${nameOf(action)} took ${result.outcome} ${result.marker} but shows ${marker}`];
}

/** One attempt, and one more per retry, each after the previous one has ended. */
function judgeAttempts({ retriesSent }: ExecutionAccount, actions: ActionExecutionDetail[]): string[] {
  const broken: string[] = [];
  const byName = groupBy(actions, ({ stageName, actionName }) => `${stageName}/${actionName}`);
  for (const attempts of byName.values()) {
    const [first] = attempts;
    const most = 1 + (retriesSent.get(first?.stageName ?? '') ?? 0);
    if (first && attempts.length > most) broken.push(`${nameOf(first)} has ${attempts.length} attempts, not ${most}`);
    // Newest first.
    for (const [index, newer] of attempts.entries()) {
      const older = attempts[index + 1];
      if (!older || older.status === 'Failed' || older.status === 'Abandoned' || older.status === 'Succeeded') continue;
      broken.push(`${nameOf(newer)} began beside ${nameOf(older)}`);
    }
  }
  return broken;
}
