import {
  type CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { readDeclaration } from '../../support/pipelines/read-declaration.ts';
import { prepareBuckets } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

const name = 'retry-modes';

/** Rejects the pending attempt of `Approve` and returns its token. */
async function reject(client: CodePipelineClient, answered?: string): Promise<string> {
  const token = await vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name }));
    const found = stageStates?.[1]?.actionStates?.[0]?.latestExecution?.token;
    expect(found).toEqual(expect.any(String));
    expect(found).not.toBe(answered);
    return found as string;
  });
  const approval = { pipelineName: name, stageName: 'Gate', actionName: 'Approve', token };
  await client.send(new PutApprovalResultCommand({ ...approval, result: { summary: 'no', status: 'Rejected' } }));
  return token;
}

test('an automatic retry without a mode is stored as sent and happens once', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await prepareBuckets(server.s3());
  const pipeline = readDeclaration(name);
  const sent = pipeline.stages?.map(({ onFailure }) => onFailure);
  const created = await client.send(new CreatePipelineCommand({ pipeline }));
  expect(created.pipeline?.stages?.map(({ onFailure }) => onFailure)).toEqual(sent);
  const read = await client.send(new GetPipelineCommand({ name }));
  expect(read.pipeline?.stages?.map(({ onFailure }) => onFailure)).toEqual(sent);

  await reject(client, await reject(client));
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name }));
  expect(stageStates?.[1]).toMatchObject({
    latestExecution: { status: 'Failed' },
    retryStageMetadata: { autoStageRetryAttempt: 1, latestRetryTrigger: 'AutomatedStageRetry' },
  });
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName: name }));
  expect(pipelineExecutionSummaries).toMatchObject([{ status: 'Failed' }]);
});
