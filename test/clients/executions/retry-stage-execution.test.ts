import {
  type CodePipelineClient,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
  type StageRetryMode,
  StopPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  otherVersion,
  pipelineName,
  pollOne,
  startAgain,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

const failureDetails = { type: 'JobFailed', message: 'flaky' } as const;

async function begin(pipeline = threeStages()) {
  const server = await serve();
  const client = server.codePipeline();
  const pipelineExecutionId = await startStory(client, server.s3(), pipeline);
  return { server, client, pipelineExecutionId };
}

function retry(client: CodePipelineClient, pipelineExecutionId: string, members: object = {}) {
  const retryMode: StageRetryMode = 'FAILED_ACTIONS';
  const input = { pipelineName, stageName: 'Testing', pipelineExecutionId, retryMode };
  return client.send(new RetryStageExecutionCommand({ ...input, ...members }));
}

async function fail(client: CodePipelineClient, jobId: string) {
  await client.send(new PutJobFailureResultCommand({ jobId, failureDetails }));
}

test('a failed job is retried in the same execution, which continues to its end', async () => {
  const { server, client, pipelineExecutionId } = await begin();
  const first = await pollOne(client);
  await fail(client, first.id);
  await waitForStatus(client, pipelineExecutionId, 'Failed');

  expect(await retry(client, pipelineExecutionId)).toMatchObject({ pipelineExecutionId });
  await waitForStatus(client, pipelineExecutionId, 'InProgress');
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.map(({ retryStageMetadata }) => retryStageMetadata)).toEqual([
    undefined,
    { manualStageRetryAttempt: 1, latestRetryTrigger: 'ManualStageRetry' },
    undefined,
  ]);
  expect(stageStates?.[1]?.latestExecution).toEqual({ pipelineExecutionId, status: 'InProgress' });

  const second = await pollOne(client);
  expect(second.id).not.toBe(first.id);
  expect(second.data.pipelineContext).toMatchObject({ pipelineExecutionId });
  const actionIdOf = ({ data }: typeof first) => data.pipelineContext?.action?.actionExecutionId;
  expect(actionIdOf(second)).not.toBe(actionIdOf(first));
  const keyOf = ({ data }: typeof first) => data.outputArtifacts?.[0]?.location?.s3Location?.objectKey;
  expect(keyOf(second)).not.toBe(keyOf(first));
  expect(second.data.inputArtifacts).toEqual(first.data.inputArtifacts);

  const s3 = server.s3(second.data.artifactCredentials as Keys);
  await s3.send(new PutObjectCommand({ Bucket: 'my-artifacts', Key: keyOf(second), Body: 'report' }));
  await client.send(new PutJobSuccessResultCommand({ jobId: second.id }));
  await waitForStatus(client, pipelineExecutionId, 'Succeeded');
  const { actionExecutionDetails = [] } = await client.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  expect(actionExecutionDetails.map(({ actionName, status }) => [actionName, status])).toEqual([
    ['Publish', 'Succeeded'],
    ['JenkinsTestAction', 'Succeeded'],
    ['JenkinsTestAction', 'Failed'],
    ['Source', 'Succeeded'],
  ]);
});

test('ALL_ACTIONS reruns succeeded actions too; it is rejected while an action is running', async () => {
  const { stages, ...members } = threeStages();
  const [source, testing, release] = stages;
  if (!source || !testing || !release) throw new Error('no stages');
  const twin = { ...testAction, name: 'Second', outputArtifacts: [{ name: 'Other' }] };
  const pipeline = { ...members, stages: [source, { ...testing, actions: [testAction, twin] }, release] };
  const { client, pipelineExecutionId } = await begin(pipeline);
  const [one, two] = [await pollOne(client), await pollOne(client)];
  await fail(client, two.id);
  const all = { retryMode: 'ALL_ACTIONS' };
  await expect(retry(client, pipelineExecutionId, all)).rejects.toMatchObject({
    name: 'StageNotRetryableException',
    message: expect.stringContaining('in progress'),
  });
  await client.send(new PutJobSuccessResultCommand({ jobId: one.id }));
  await retry(client, pipelineExecutionId, all);
  const again = [await pollOne(client), await pollOne(client)];
  expect(again.map(({ data }) => data.pipelineContext?.action?.name).sort()).toEqual(['JenkinsTestAction', 'Second']);
});

test('a retried source stage uses the latest object; a stopped stage can be retried', async () => {
  const { server, client, pipelineExecutionId } = await begin();
  const job = await pollOne(client);
  await client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId, abandon: true }));
  await retry(client, pipelineExecutionId);
  const again = await pollOne(client);
  expect(again.data.inputArtifacts).toEqual(job.data.inputArtifacts);

  // A source without its object fails; the retry uses it once it exists.
  const pipeline = threeStages();
  const [source] = pipeline.stages[0]?.actions ?? [];
  if (!source) throw new Error('no source');
  const absent = { ...source, configuration: { ...source.configuration, S3ObjectKey: 'absent' } };
  pipeline.stages[0] = { name: 'Source', actions: [absent] };
  await client.send(new UpdatePipelineCommand({ pipeline }));
  const next = await startAgain(client);
  await waitForStatus(client, next, 'Failed');
  const put = await server.s3().send(new PutObjectCommand({ Bucket: 'my-source', Key: 'absent', Body: 'there' }));
  await retry(client, next, { stageName: 'Source' });
  await client.send(new PutJobSuccessResultCommand({ jobId: again.id }));
  expect((await pollOne(client)).data.inputArtifacts?.[0]?.revision).toBe(put.VersionId);
});

test('rejects what cannot be retried, with the reason', async () => {
  const { client, pipelineExecutionId } = await begin();
  const text = `The stage named Testing in the ${pipelineName} pipeline can't be retried now. Either it contains no failed actions, the execution '${pipelineExecutionId}' is already superseded, or the pipeline definition has changed since the action(s) failed.`;
  const job = await pollOne(client);
  const notRetryable = { name: 'StageNotRetryableException', message: text };
  await expect(retry(client, pipelineExecutionId)).rejects.toMatchObject(notRetryable);
  await fail(client, job.id);
  await expect(retry(client, pipelineExecutionId, { pipelineName: 'Nobody' })).rejects.toMatchObject({
    name: 'PipelineNotFoundException',
  });
  await expect(retry(client, pipelineExecutionId, { stageName: 'Nowhere' })).rejects.toMatchObject({
    name: 'StageNotFoundException',
    message: `Pipeline '${pipelineName}' does not have a stage with name 'Nowhere'`,
  });
  const unknown = '00000000-0000-4000-8000-000000000000';
  await expect(retry(client, unknown)).rejects.toMatchObject({
    name: 'StageNotRetryableException',
    message: expect.stringContaining(unknown),
  });
  const newer = await startAgain(client);
  await pollOne(client);
  await expect(retry(client, pipelineExecutionId)).rejects.toMatchObject({
    name: 'NotLatestPipelineExecutionException',
    message: expect.stringContaining(newer),
  });
  await client.send(new UpdatePipelineCommand({ pipeline: otherVersion() }));
  await expect(retry(client, pipelineExecutionId)).rejects.toMatchObject(notRetryable);
});
