import { setTimeout as pause } from 'node:timers/promises';
import {
  type ActionExecutionDetail,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
  RetryStageExecutionCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import type { Chance } from '../engine/random.ts';
import { note, touch } from './ledger.ts';
import type { Mill } from './mill.ts';
import { readActions } from './read-history.ts';
import type { Scene } from './scene.ts';

const longestPauseMs = 20;
/** Retries of one stage of one execution. */
const mostRetries = 2;

interface Operator extends Scene {
  chance: Chance;
}

/** Somebody who answers approvals, stops executions and retries what has failed. While draining only approvals. */
export async function runOperator(scene: Scene, { chance }: { chance: Chance }): Promise<void> {
  const operator: Operator = Object.assign(Object.create(scene), { chance });
  while (operator.phase !== 'over') {
    const mill = chance.pick(operator.mills);
    if (mill) await lookAt(operator, mill);
    await pause(chance.below(longestPauseMs));
  }
}

async function lookAt(operator: Operator, mill: Mill): Promise<void> {
  const { target, chance, phase } = operator;
  // A stage that was retried may belong to an old execution, which has to end as well.
  const maxResults = phase === 'load' ? 20 : 100;
  const command = new ListPipelineExecutionsCommand({ pipelineName: mill.name, maxResults });
  const answer = await target.persist(({ codePipeline }, options) => codePipeline.send(command, options));
  if (answer.kind !== 'ok') return;
  for (const { pipelineExecutionId: id = '', status } of answer.output.pipelineExecutionSummaries ?? []) {
    if (mill.kind === 'gated' && (status === 'InProgress' || status === 'Stopping')) await approve(operator, mill, id);
    if (phase !== 'load') continue;
    if (status === 'InProgress' && chance.oneIn(40)) await stop(operator, mill, id);
    if ((status === 'Failed' || status === 'Stopped') && chance.oneIn(4)) await retry(operator, mill, id);
  }
}

async function approve({ target, ledger, chance }: Operator, { name: pipelineName }: Mill, id: string): Promise<void> {
  const actions = (await readActions(target, pipelineName, id)) ?? [];
  const asked = actions.filter(({ actionName, status }) => actionName === 'Ask' && status === 'InProgress');
  for (const { actionExecutionId: token = '', stageName = '', actionName = '' } of asked) {
    const status = chance.oneIn(6) ? 'Rejected' : 'Approved';
    const input = { pipelineName, stageName, actionName, token, result: { status, summary: status } } as const;
    // Whoever loses the answer looks again, and answers again where nothing was done.
    const answer = await target.ask(({ codePipeline }, options) =>
      codePipeline.send(new PutApprovalResultCommand(input), options),
    );
    if (answer.kind !== 'ok') continue;
    if (ledger.approvals.has(token)) ledger.violations.push(`approval ${token} took two answers`);
    ledger.approvals.set(token, status);
    touch(ledger, id, pipelineName, target.life);
  }
}

async function stop({ target, ledger, chance }: Operator, { name: pipelineName }: Mill, id: string): Promise<void> {
  touch(ledger, id, pipelineName, target.life).isStopAsked = true;
  const input = { pipelineName, pipelineExecutionId: id, abandon: chance.oneIn(2), reason: 'enough' };
  await target.ask(({ codePipeline }, options) => codePipeline.send(new StopPipelineExecutionCommand(input), options));
  note(ledger, input.abandon ? 'stopped and abandoned' : 'stopped and waited');
}

async function retry({ target, ledger, chance }: Operator, { name: pipelineName }: Mill, id: string): Promise<void> {
  const actions = (await readActions(target, pipelineName, id)) ?? [];
  const failed = actions.find(hasFailed);
  if (!failed) return;
  const { stageName = '' } = failed;
  const { retriesAsked, retriesTold } = touch(ledger, id, pipelineName, target.life);
  const asked = retriesAsked.get(stageName) ?? 0;
  if (asked >= mostRetries) return;
  retriesAsked.set(stageName, asked + 1);
  const retryMode = chance.oneIn(4) ? 'ALL_ACTIONS' : 'FAILED_ACTIONS';
  const input = { pipelineName, stageName, pipelineExecutionId: id, retryMode } as const;
  const answer = await target.ask(({ codePipeline }, options) =>
    codePipeline.send(new RetryStageExecutionCommand(input), options),
  );
  if (answer.kind !== 'ok') return;
  retriesTold.set(stageName, (retriesTold.get(stageName) ?? 0) + 1);
  note(ledger, 'retried a stage');
}

function hasFailed({ status }: ActionExecutionDetail): boolean {
  return status === 'Failed' || status === 'Abandoned';
}
