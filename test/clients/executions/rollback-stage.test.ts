import {
  type CodePipelineClient,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  RollbackStageCommand,
  type RollbackStageCommandInput,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  otherVersion,
  pipelineName,
  pollOne,
  startAgain,
  startStory,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { account, type Keys, serve, type TestServer } from '../../support/servers/server.ts';

const versionTwo = { ...threeStages(), pipelineType: 'V2' as const };

/** Does the queued test job; its report is `text`. */
async function report(server: TestServer, client: CodePipelineClient, text: string) {
  const job = await pollOne(client);
  const { bucketName: Bucket, objectKey: Key } = job.data.outputArtifacts?.[0]?.location?.s3Location ?? {};
  const s3 = server.s3(job.data.artifactCredentials as Keys);
  await s3.send(new PutObjectCommand({ Bucket, Key, Body: text }));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
}

async function released(s3: S3Client) {
  const { Body } = await s3.send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  return Body?.transformToString();
}

/** Runs two executions that release their reports; the older one is `target`. */
async function begin() {
  const server = await serve();
  const client = server.codePipeline();
  const target = await startStory(client, server.s3(), versionTwo);
  await report(server, client, 'good');
  await waitForStatus(client, target, 'Succeeded');
  const newer = await startAgain(client);
  await report(server, client, 'bad');
  await waitForStatus(client, newer, 'Succeeded');
  const rollBack = (input: Partial<RollbackStageCommandInput> = {}) =>
    client.send(
      new RollbackStageCommand({ pipelineName, stageName: 'Release', targetPipelineExecutionId: target, ...input }),
    );
  return { server, client, target, rollBack };
}

test('the stage runs again with the artifacts of the target, as an execution of the rollback type', async () => {
  const { server, client, target, rollBack } = await begin();
  expect(await released(server.s3())).toBe('bad');
  const { pipelineExecutionId = '' } = await rollBack();
  await waitForStatus(client, pipelineExecutionId, 'Succeeded');
  expect(await released(server.s3())).toBe('good');

  const rollback = {
    executionType: 'ROLLBACK',
    rollbackMetadata: { rollbackTargetPipelineExecutionId: target },
    trigger: {
      triggerType: 'ManualRollback',
      triggerDetail: JSON.stringify({ AwsUserArn: `arn:aws:iam::${account}:root` }),
    },
  };
  const executionOf = async (id: string) =>
    (await client.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: id }))).pipelineExecution;
  expect(await executionOf(pipelineExecutionId)).toMatchObject(rollback);
  expect((await executionOf(pipelineExecutionId))?.artifactRevisions).toEqual(
    (await executionOf(target))?.artifactRevisions,
  );
  expect(await executionOf(target)).not.toHaveProperty('executionType');
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries?.[0]).toMatchObject({ pipelineExecutionId, ...rollback });
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.map(({ latestExecution }) => latestExecution?.type)).toEqual([undefined, undefined, 'ROLLBACK']);
});

test('rejects what cannot be rolled back, with the reason', async () => {
  const { client, target, rollBack } = await begin();
  const unknown = '00000000-0000-4000-8000-000000000000';
  await expect(rollBack({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(rollBack({ stageName: 'Nowhere' })).rejects.toMatchObject({
    name: 'StageNotFoundException',
    message: `Pipeline '${pipelineName}' does not have a stage with name 'Nowhere'`,
  });
  await expect(rollBack({ targetPipelineExecutionId: unknown })).rejects.toMatchObject({
    name: 'PipelineExecutionNotFoundException',
    message: `Target Pipeline Execution with id '${unknown}' does not exist in pipeline with name '${pipelineName}'`,
  });
  await expect(rollBack({ stageName: 'Source' })).rejects.toMatchObject({
    name: 'UnableToRollbackStageException',
    message: expect.stringContaining('source stage'),
  });
  const failed = await startAgain(client);
  const { id: jobId } = await pollOne(client);
  await expect(rollBack({ stageName: 'Testing' })).rejects.toMatchObject({
    name: 'UnableToRollbackStageException',
    message: `Pipeline '${pipelineName}' cannot start rollback since stage Testing is in progress.`,
  });
  await client.send(new PutJobFailureResultCommand({ jobId, failureDetails: { type: 'JobFailed', message: 'no' } }));
  await expect(rollBack({ stageName: 'Testing', targetPipelineExecutionId: failed })).rejects.toMatchObject({
    name: 'UnableToRollbackStageException',
    message: `Target Pipeline Execution with id '${failed}' has not completed in stage with name 'Testing'`,
  });
  await client.send(new UpdatePipelineCommand({ pipeline: otherVersion(versionTwo) }));
  await expect(rollBack({ targetPipelineExecutionId: target })).rejects.toMatchObject({
    name: 'PipelineExecutionOutdatedException',
    message: `Pipeline '${pipelineName}' has been updated since the rollback request was made.`,
  });
});
