import { setTimeout as pause } from 'node:timers/promises';
import { GetPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { type JobsByAction, jobsByAction, judgeExecution } from './judge-execution.ts';
import { copyOf, type ExecutionAccount, type Ledger } from './ledger.ts';
import { readActions } from './read-history.ts';
import type { Scene } from './scene.ts';

const pauseMs = 20;

/** After each kill: reads again whatever somebody was told of in an earlier life, and compares. */
export async function runAuditor(scene: Scene): Promise<void> {
  const { target, ledger } = scene;
  const seenIn = new Map<string, number>();
  while (scene.phase !== 'over') {
    const due = [...ledger.executions.values()].filter(
      ({ id, touchedIn }) => touchedIn < target.life && seenIn.get(id) !== touchedIn,
    );
    // Copied before it is read: what was told by now has to be in an answer that is asked for after it.
    const told = due.length > 0 ? copyOf(ledger) : ledger;
    const jobs = jobsByAction(told);
    for (const account of due) {
      const { touchedIn } = account;
      if (await audit(scene, account, { told, jobs })) seenIn.set(account.id, touchedIn);
    }
    await pause(pauseMs);
  }
}

/** Whether the comparison could be made. */
async function audit(
  { target, ledger }: Scene,
  account: ExecutionAccount,
  { told, jobs }: { told: Ledger; jobs: JobsByAction },
): Promise<boolean> {
  const { id: pipelineExecutionId, pipelineName } = account;
  const answer = await target.ask(({ codePipeline }, options) =>
    codePipeline.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }), options),
  );
  if (answer.kind === 'refused') ledger.violations.push(`execution ${pipelineExecutionId} is gone: ${answer.code}`);
  if (answer.kind !== 'ok') return answer.kind === 'refused';
  const actions = await readActions(target, pipelineName, pipelineExecutionId);
  if (!actions) return false;
  ledger.violations.push(...judgeExecution(told, account, { actions, jobs }));
  return true;
}
