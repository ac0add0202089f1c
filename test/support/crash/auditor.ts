import { setTimeout as pause } from 'node:timers/promises';
import { GetPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { type JobsByAction, jobsByAction, judgeExecution } from './judge-execution.ts';
import { copyOf, type ExecutionAccount, type Ledger } from './ledger.ts';
import { readActions } from './read-history.ts';
import type { RunContext } from './run-context.ts';

const pauseMs = 20;

/** After each kill, reads again what was reported to clients in earlier lives, and compares. */
export async function runAuditor(context: RunContext): Promise<void> {
  const { target, ledger } = context;
  const seenIn = new Map<string, number>();
  while (context.phase !== 'over') {
    const due = [...ledger.executions.values()].filter(
      ({ id, touchedIn }) => touchedIn < target.life && seenIn.get(id) !== touchedIn,
    );
    // Copied before reading: everything reported so far must be in the responses to later reads.
    const snapshot = due.length > 0 ? copyOf(ledger) : ledger;
    const jobs = jobsByAction(snapshot);
    for (const account of due) {
      const { touchedIn } = account;
      if (await audit(context, account, { snapshot, jobs })) seenIn.set(account.id, touchedIn);
    }
    await pause(pauseMs);
  }
}

/** Returns whether the comparison was possible. */
async function audit(
  { target, ledger }: RunContext,
  account: ExecutionAccount,
  { snapshot, jobs }: { snapshot: Ledger; jobs: JobsByAction },
): Promise<boolean> {
  const { id: pipelineExecutionId, pipelineName } = account;
  const answer = await target.ask(({ codePipeline }, options) =>
    codePipeline.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }), options),
  );
  if (answer.kind === 'refused') ledger.violations.push(`execution ${pipelineExecutionId} is gone: ${answer.code}`);
  if (answer.kind !== 'ok') return answer.kind === 'refused';
  const actions = await readActions(target, pipelineName, pipelineExecutionId);
  if (!actions) return false;
  ledger.violations.push(...judgeExecution(snapshot, account, { actions, jobs }));
  return true;
}
