import { setTimeout as pause } from 'node:timers/promises';
import { AcknowledgeJobCommand, type ActionTypeId, type Job, PollForJobsCommand } from '@aws-sdk/client-codepipeline';
import type { Chance } from '../engine/random.ts';
import { type JobAccount, note, type Report, recordAcknowledgement, recordDelivery } from './ledger.ts';
import { report } from './report.ts';
import type { RunContext } from './run-context.ts';
import { readInput, writeOutput } from './worker-objects.ts';

const afterLossMs = 15;

/** A job that a worker has polled. */
export interface Task {
  job: Required<Job>;
  account: JobAccount;
  /** The life of the target that issued it and its credentials. */
  life: number;
}

interface Worker extends RunContext {
  name: string;
  chance: Chance;
  type: ActionTypeId;
  /** Acknowledged tasks that wait until the target runs again. */
  held: Task[];
}

/** Polls, acknowledges, works and reports until the run is over, with all mishaps of real workers. */
export async function runWorker(
  context: RunContext,
  { name, chance, type }: { name: string; chance: Chance; type: ActionTypeId },
): Promise<void> {
  // It has getters: a copy would keep its phase.
  const worker: Worker = Object.assign(Object.create(context), { name, chance, type, held: [] });
  while (worker.phase !== 'over') {
    const rested = worker.held.findIndex(({ life }) => life < worker.target.life || worker.phase === 'drain');
    if (rested >= 0) {
      const [task] = worker.held.splice(rested, 1);
      if (task) await perform(worker, task);
      continue;
    }
    for (const task of await poll(worker)) await begin(worker, task);
  }
}

async function poll(worker: Worker): Promise<Task[]> {
  const { target, ledger, chance, leaseMs } = worker;
  const polledAt = Date.now();
  const input = { actionTypeId: worker.type, maxBatchSize: 1 + chance.below(3) };
  const answer = await target.ask(({ codePipeline }, options) =>
    codePipeline.send(new PollForJobsCommand(input), options),
  );
  const { life } = target;
  if (answer.kind === 'lost') await pause(afterLossMs);
  if (answer.kind === 'refused') ledger.violations.push(`a poll was refused: ${answer.code} ${answer.message}`);
  if (answer.kind !== 'ok') return [];
  return (answer.output.jobs ?? []).map((polled) => {
    const job = polled as Required<Job>;
    const { pipelineContext: context } = job.data;
    const delivery = {
      id: job.id,
      pipelineName: context?.pipelineName ?? '',
      executionId: context?.pipelineExecutionId ?? '',
      actionExecutionId: context?.action?.actionExecutionId ?? '',
    };
    return {
      job,
      account: recordDelivery(ledger, delivery, { nonce: Number(job.nonce), polledAt, leaseMs, life }),
      life,
    };
  });
}

async function begin(worker: Worker, task: Task): Promise<void> {
  const { ledger, chance } = worker;
  const fate = chance.below(20);
  if (fate === 0) return note(ledger, 'vanished after the poll');
  if (fate === 1) {
    note(ledger, 'reported without an acknowledgement');
    return perform(worker, task);
  }
  if (!(await acknowledge(worker, task))) return;
  if (fate < 5 && worker.phase === 'load') {
    worker.held.push(task);
    return;
  }
  await perform(worker, task);
}

/** Returns whether this worker has the job now. */
async function acknowledge({ target, ledger, chance }: Worker, { job, account }: Task): Promise<boolean> {
  const { id: jobId, nonce } = job;
  account.triedNonces.add(nonce);
  const ask = () =>
    target.persist(({ codePipeline }, options) =>
      codePipeline.send(new AcknowledgeJobCommand({ jobId, nonce }), options),
    );
  const answer = await ask();
  if (answer.kind === 'lost') return false;
  if (answer.kind === 'ok') {
    recordAcknowledgement(ledger, account, nonce);
    if (chance.oneIn(12)) {
      note(ledger, 'acknowledged again');
      const again = await ask();
      if (again.kind === 'refused') ledger.violations.push(`${jobId} was not this worker's any more: ${again.code}`);
    }
    return answer.output.status === 'InProgress';
  }
  note(ledger, 'another worker was faster');
  const isExplained = account.triedNonces.size > 1 || account.sent.size > 0;
  if (answer.code !== 'InvalidNonceException' || !isExplained) {
    ledger.violations.push(`${jobId} could not be acknowledged with ${nonce}: ${answer.code} ${answer.message}`);
  }
  return false;
}

async function perform(worker: Worker, task: Task): Promise<void> {
  const { ledger, chance, target } = worker;
  const { job, account, life } = task;
  const result: Report = { marker: `${worker.name}-${chance.below(2 ** 31)}`, outcome: draw(worker, job) };
  const isReal = job.data.actionConfiguration?.configuration?.Artifacts === 'real';
  if (isReal) {
    if (life < target.life) note(ledger, 'used credentials of before the kill');
    await readInput(worker, task);
    if (result.outcome === 'Succeeded') await writeOutput(worker, task);
  }
  await report(worker, account, result);
}

function draw({ chance, ledger, phase }: Worker, { data }: Job): Report['outcome'] {
  if (phase === 'load' && chance.oneIn(12)) return 'Failed';
  if (phase === 'drain' || data?.continuationToken !== undefined || !chance.oneIn(8)) return 'Succeeded';
  note(ledger, 'went on in another job');
  return 'Continued';
}
