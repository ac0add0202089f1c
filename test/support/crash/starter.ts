import { setTimeout as pause } from 'node:timers/promises';
import { ListPipelineExecutionsCommand, StartPipelineExecutionCommand } from '@aws-sdk/client-codepipeline';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import type { Chance } from '../engine/random.ts';
import { contentOf } from './content.ts';
import { note, recordStart } from './ledger.ts';
import { type Mill, sourceBucket, sourceLabel } from './mill.ts';
import type { RunContext } from './run-context.ts';

const longestPauseMs = 25;

/** Starts executions and changes sources during the load; every start has its own token. */
export async function runStarter(
  context: RunContext,
  { name, chance }: { name: string; chance: Chance },
): Promise<void> {
  for (let number = 1; context.phase === 'load'; number += 1) {
    const mill = chance.pick(context.mills);
    if (mill?.kind === 'files' && chance.oneIn(3)) {
      await changeSource(context, mill, { number, sizeBytes: 1000 + chance.below(60_000) });
    } else if (mill && (await runningOf(context, mill)) < context.mostRunning) {
      await start(context, mill, { token: `${context.seed}-${name}-${number}`, isTwice: chance.oneIn(6) });
    }
    await pause(chance.below(longestPauseMs));
  }
}

async function runningOf({ target }: RunContext, { name: pipelineName }: Mill): Promise<number> {
  const command = new ListPipelineExecutionsCommand({ pipelineName, maxResults: 20 });
  const answer = await target.persist(({ codePipeline }, options) => codePipeline.send(command, options));
  if (answer.kind !== 'ok') return Number.POSITIVE_INFINITY;
  const { pipelineExecutionSummaries = [] } = answer.output;
  return pipelineExecutionSummaries.filter(({ status }) => status === 'InProgress' || status === 'Stopping').length;
}

async function start(
  { target, ledger }: RunContext,
  { name: pipelineName }: Mill,
  { token, isTwice }: { token: string; isTwice: boolean },
): Promise<void> {
  const input = { name: pipelineName, clientRequestToken: token };
  for (let time = 0; time < (isTwice ? 2 : 1); time += 1) {
    const answer = await target.persist(({ codePipeline }, options) =>
      codePipeline.send(new StartPipelineExecutionCommand(input), options),
    );
    if (answer.kind === 'refused') ledger.violations.push(`a start of ${pipelineName} was refused: ${answer.code}`);
    if (answer.kind !== 'ok') return;
    const { pipelineExecutionId: executionId = '' } = answer.output;
    recordStart(ledger, { token, pipelineName, executionId, life: target.life });
    if (time > 0) note(ledger, 'started again with the same token');
  }
}

async function changeSource(
  { target, ledger }: RunContext,
  { name: key }: Mill,
  { number, sizeBytes }: { number: number; sizeBytes: number },
): Promise<void> {
  const label = sourceLabel(key, number);
  const put = { Bucket: sourceBucket, Key: key, Body: contentOf(label, sizeBytes) };
  const answer = await target.persist(({ s3 }, options) => s3.send(new PutObjectCommand(put), options));
  if (answer.kind === 'refused') ledger.violations.push(`the source of ${key} could not be changed: ${answer.code}`);
  if (answer.kind !== 'ok') return;
  const { VersionId: versionId } = answer.output;
  ledger.objects.set(`${sourceBucket}/${key}/${versionId}`, { bucket: sourceBucket, key, versionId, label });
}
