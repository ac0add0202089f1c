import {
  AcknowledgeJobCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { pipelineName, pollOne, startStory, waitForStatus } from '../../support/pipelines/scenario.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

test('an artifact goes from the source through a worker to the deployment, each step with its own credentials', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());

  const job = await pollOne(client);
  const { data } = job;
  expect(await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }))).toMatchObject({
    status: 'InProgress',
  });
  const s3 = server.s3(data.artifactCredentials as Keys);
  const input = data.inputArtifacts?.[0]?.location?.s3Location;
  const source = await s3.send(new GetObjectCommand({ Bucket: input?.bucketName, Key: input?.objectKey }));
  expect(await source.Body?.transformToString()).toBe('the source');
  const output = data.outputArtifacts?.[0]?.location?.s3Location;
  await s3.send(new PutObjectCommand({ Bucket: output?.bucketName, Key: output?.objectKey, Body: 'all green' }));
  await client.send(
    new PutJobSuccessResultCommand({
      jobId: job.id,
      executionDetails: { externalExecutionId: '12', summary: 'Finished', percentComplete: 100 },
    }),
  );

  await waitForStatus(client, executionId, 'Succeeded');
  const report = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await report.Body?.transformToString()).toBe('all green');
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: executionId }),
  );
  expect(pipelineExecution).toMatchObject({
    trigger: { triggerType: 'CreatePipeline' },
    executionMode: 'SUPERSEDED',
    pipelineVersion: 1,
  });
  expect(pipelineExecution?.artifactRevisions).toMatchObject([
    { name: 'MyAppBuild', revisionId: data.inputArtifacts?.[0]?.revision, revisionSummary: expect.any(String) },
  ]);
  // S3 revisions have no creation time here.
  expect(pipelineExecution?.artifactRevisions?.[0]).not.toHaveProperty('created');
  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(actionExecutionDetails?.map(({ actionName, status }) => [actionName, status])).toEqual([
    ['Publish', 'Succeeded'],
    ['JenkinsTestAction', 'Succeeded'],
    ['Source', 'Succeeded'],
  ]);
});

test('a failed job fails its stage, is shown in the state, and the next stage does not start', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  await client.send(
    new PutJobFailureResultCommand({
      jobId: job.id,
      failureDetails: { type: 'JobFailed', message: '2 tests failed', externalExecutionId: '13' },
    }),
  );
  await waitForStatus(client, executionId, 'Failed');
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]).toMatchObject({
    stageName: 'Testing',
    inboundExecutions: [],
    inboundTransitionState: { enabled: true },
    latestExecution: { pipelineExecutionId: executionId, status: 'Failed' },
    actionStates: [
      {
        latestExecution: {
          status: 'Failed',
          externalExecutionId: '13',
          errorDetails: { code: 'JobFailed', message: '2 tests failed' },
        },
      },
    ],
  });
  expect(stageStates?.[2]?.latestExecution).toBeUndefined();
});
