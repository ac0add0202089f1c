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
import type { RunContext } from './run-context.ts';

const longestPauseMs = 20;
/** The limit of retries per stage and execution. */
const mostRetries = 2;

interface Operator extends RunContext {
  chance: Chance;
}

/** An operator that responds to approvals, stops executions and retries failures; while draining, only approvals. */
export async function runOperator(context: RunContext, { chance }: { chance: Chance }): Promise<void> {
  const operator: Operator = Object.assign(Object.create(context), { chance });
  while (operator.phase !== 'over') {
    const mill = chance.pick(operator.mills);
    if (mill) await lookAt(operator, mill);
    await pause(chance.below(longestPauseMs));
  }
}

async function lookAt(operator: Operator, mill: Mill): Promise<void> {
  const { target, chance, phase } = operator;
  // A retried stage may belong to an old execution, which must end too.
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
  const pending = actions.filter(({ actionName, status }) => actionName === 'Ask' && status === 'InProgress');
  for (const { actionExecutionId: token = '', stageName = '', actionName = '' } of pending) {
    const status = chance.oneIn(6) ? 'Rejected' : 'Approved';
    const input = { pipelineName, stageName, actionName, token, result: { status, summary: status } } as const;
    // After a lost response, reads again and responds again if nothing was done.
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
  touch(ledger, id, pipelineName, target.life).isStopRequested = true;
  const input = { pipelineName, pipelineExecutionId: id, abandon: chance.oneIn(2), reason: 'enough' };
  await target.ask(({ codePipeline }, options) => codePipeline.send(new StopPipelineExecutionCommand(input), options));
  note(ledger, input.abandon ? 'stopped and abandoned' : 'stopped and waited');
}

async function retry({ target, ledger, chance }: Operator, { name: pipelineName }: Mill, id: string): Promise<void> {
  const actions = (await readActions(target, pipelineName, id)) ?? [];
  const failed = actions.find(hasFailed);
  if (!failed) return;
  const { stageName = '' } = failed;
  const { retriesSent, retriesAccepted } = touch(ledger, id, pipelineName, target.life);
  const sent = retriesSent.get(stageName) ?? 0;
  if (sent >= mostRetries) return;
  retriesSent.set(stageName, sent + 1);
  const retryMode = chance.oneIn(4) ? 'ALL_ACTIONS' : 'FAILED_ACTIONS';
  const input = { pipelineName, stageName, pipelineExecutionId: id, retryMode } as const;
  const answer = await target.ask(({ codePipeline }, options) =>
    codePipeline.send(new RetryStageExecutionCommand(input), options),
  );
  if (answer.kind !== 'ok') return;
  retriesAccepted.set(stageName, (retriesAccepted.get(stageName) ?? 0) + 1);
  note(ledger, 'retried a stage');
}

function hasFailed({ status }: ActionExecutionDetail): boolean {
  return status === 'Failed' || status === 'Abandoned';
}
