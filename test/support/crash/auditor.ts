import { setTimeout as pause } from 'node:timers/promises';
import { GetPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { jobsByAction, judgeExecution } from './judge-execution.ts';
import type { ExecutionAccount } from './ledger.ts';
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
    for (const account of due) {
      const { touchedIn } = account;
      if (await audit(scene, account)) seenIn.set(account.id, touchedIn);
    }
    await pause(pauseMs);
  }
}

/** Whether the comparison could be made. */
async function audit({ target, ledger }: Scene, account: ExecutionAccount): Promise<boolean> {
  const { id: pipelineExecutionId, pipelineName } = account;
  const answer = await target.ask(({ codePipeline }, options) =>
    codePipeline.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }), options),
  );
  if (answer.kind === 'refused') ledger.violations.push(`execution ${pipelineExecutionId} is gone: ${answer.code}`);
  if (answer.kind !== 'ok') return answer.kind === 'refused';
  // In this order: what was told by now has to be in an answer that is asked for after it.
  const told = copyOf(ledger, pipelineExecutionId);
  const jobs = jobsByAction(told);
  const actions = await readActions(target, pipelineName, pipelineExecutionId);
  if (!actions) return false;
  ledger.violations.push(...judgeExecution(told, account, { actions, jobs }));
  return true;
}

/** What was told up to now of one execution. */
function copyOf(ledger: Scene['ledger'], executionId: string): Scene['ledger'] {
  const jobs = [...ledger.jobs.values()].filter((job) => job.executionId === executionId);
  const approvals = new Map(ledger.approvals);
  return { ...ledger, approvals, jobs: new Map(jobs.map((job) => [job.id, { ...job, told: new Map(job.told) }])) };
}
