import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  CreateCustomActionTypeCommand,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  type Job,
  ListPipelineExecutionsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { placeOf, pollOne, prepareBuckets, sourceAction } from '../../support/pipelines/scenario.ts';
import { callRaw } from '../../support/requests/signed-request.ts';
import { account, type Keys, serve } from '../../support/servers/server.ts';

const deployType = { category: 'Deploy', owner: 'Custom', provider: 'MyDeploy', version: '1' } as const;

/** The type of AWS's sample worker, which deploys, and fails if its configuration says so. */
async function registerDeploy(client: CodePipelineClient): Promise<void> {
  await client.send(
    new CreateCustomActionTypeCommand({
      ...{ category: 'Deploy', provider: deployType.provider, version: '1' },
      configurationProperties: [{ name: 'JobStatus', required: false, key: true, secret: false }],
      inputArtifactDetails: { minimumCount: 1, maximumCount: 1 },
      outputArtifactDetails: { minimumCount: 0, maximumCount: 0 },
    }),
  );
}

function deployPipeline(name: string, configuration: Record<string, string> = {}) {
  const inputArtifacts = [{ name: 'MyAppBuild' }];
  return {
    name,
    roleArn: `arn:aws:iam::${account}:role/pipeline-role`,
    artifactStore: { type: 'S3' as const, location: 'my-artifacts' },
    stages: [
      { name: 'Source', actions: [sourceAction] },
      { name: 'Deploy', actions: [{ name: 'Deploy', actionTypeId: deployType, configuration, inputArtifacts }] },
    ],
  };
}

/** Does a job as the sample worker does on a separate thread. */
async function work(client: CodePipelineClient, { id: jobId = '', nonce, data }: Job): Promise<void> {
  const { status } = await client.send(new AcknowledgeJobCommand({ jobId, nonce }));
  expect(status).toBe('InProgress');
  if (data?.actionConfiguration?.configuration?.JobStatus === 'Failed') {
    const failureDetails = { type: 'JobFailed', message: 'Job failed' } as const;
    await client.send(new PutJobFailureResultCommand({ jobId, failureDetails }));
    return;
  }
  await client.send(
    new PutJobSuccessResultCommand({
      jobId,
      executionDetails: { summary: 'Deployed', externalExecutionId: `job-${jobId}`, percentComplete: 100 },
      currentRevision: { revision: 'r1', changeIdentifier: 'c1' },
    }),
  );
}

async function statusOf(client: CodePipelineClient, pipelineName: string): Promise<string | undefined> {
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  const pipelineExecutionId = pipelineExecutionSummaries?.[0]?.pipelineExecutionId;
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  return pipelineExecution?.status;
}

test("AWS's sample worker with ten threads polls for 10, 9 and 8 jobs and ends each as configured", async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerDeploy(client);
  await prepareBuckets(server.s3());
  const jobs: Job[] = [];
  for (const [name, configuration, maxBatchSize] of [
    ['One', {}, 10],
    ['Two', { JobStatus: 'Failed' }, 9],
    ['Three', { JobStatus: 'Succeeded' }, 8],
  ] as const) {
    await client.send(new CreatePipelineCommand({ pipeline: deployPipeline(name, configuration) }));
    // The jobs of earlier polls are claimed, not yet acknowledged, and not offered again.
    const job = await pollOne(client, { actionTypeId: deployType, maxBatchSize });
    expect(job.data.pipelineContext?.pipelineName).toBe(name);
    jobs.push(job);
  }
  const input = jobs[0]?.data;
  const source = await server
    .s3(input?.artifactCredentials as Keys)
    .send(new GetObjectCommand(placeOf(input?.inputArtifacts)));
  expect(await source.Body?.transformToString()).toBe('the source');
  await Promise.all(jobs.map((job) => work(client, job)));
  await expect
    .poll(() => Promise.all(['One', 'Two', 'Three'].map((name) => statusOf(client, name))))
    .toEqual(['Succeeded', 'Failed', 'Succeeded']);
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: 'One' }));
  expect(stageStates?.[1]?.actionStates?.[0]?.latestExecution).toMatchObject({
    status: 'Succeeded',
    summary: 'Deployed',
    externalExecutionId: `job-${jobs[0]?.id}`,
    percentComplete: 100,
  });
  const failed = await client.send(new GetPipelineStateCommand({ name: 'Two' }));
  expect(failed.stageStates?.[1]?.actionStates?.[0]?.latestExecution?.errorDetails).toEqual({
    code: 'JobFailed',
    message: 'Job failed',
  });
});

test('empty lists are returned too, because the worker reads their size', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerDeploy(client);
  await prepareBuckets(server.s3());
  const call = async (operation: string, input: object) =>
    JSON.parse((await callRaw(server.url, operation, JSON.stringify(input))).body) as Record<string, unknown>;
  expect(await call('PollForJobs', { actionTypeId: deployType, maxBatchSize: 10 })).toEqual({ jobs: [] });
  await client.send(new CreatePipelineCommand({ pipeline: deployPipeline('One') }));
  const job = await pollOne(client, { actionTypeId: deployType });
  expect(await call('GetJobDetails', { jobId: job.id })).toMatchObject({
    jobDetails: { data: { inputArtifacts: [{ name: 'MyAppBuild' }], outputArtifacts: [] } },
  });
});
