import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  GetJobDetailsCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import {
  pipelineName,
  poll,
  pollOne,
  startAgain,
  startStory,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

async function begin() {
  const server = await serve();
  const client = server.codePipeline();
  const pipelineExecutionId = await startStory(client, server.s3());
  const job = await pollOne(client);
  const stop = (members: { abandon?: boolean; reason?: string; pipelineExecutionId?: string; pipelineName?: string }) =>
    client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId, ...members }));
  return { server, client, pipelineExecutionId, job, stop };
}

async function summaryOf(client: CodePipelineClient, executionId: string) {
  const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  return pipelineExecutionSummaries.find((one) => one.pipelineExecutionId === executionId);
}

test('stop and wait: the execution stops when its job has ended, and the stage is free', async () => {
  const { client, pipelineExecutionId, job, stop } = await begin();
  expect(await stop({ reason: 'wrong branch' })).toMatchObject({ pipelineExecutionId });
  expect(await summaryOf(client, pipelineExecutionId)).toMatchObject({
    status: 'Stopping',
    stopTrigger: { reason: 'wrong branch' },
  });
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]?.latestExecution).toEqual({ pipelineExecutionId, status: 'Stopping' });
  await expect(stop({})).rejects.toMatchObject({
    name: 'DuplicatedStopRequestException',
    message: expect.stringContaining(`The execution with ID ${pipelineExecutionId} in ${pipelineName} is already`),
  });

  expect(await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }))).toMatchObject({
    status: 'InProgress',
  });
  const next = await startAgain(client);
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  expect(await summaryOf(client, pipelineExecutionId)).toMatchObject({ status: 'Stopped' });
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  expect(pipelineExecution).toMatchObject({ status: 'Stopped', statusSummary: 'wrong branch' });
  expect((await pollOne(client)).data.pipelineContext?.pipelineExecutionId).toBe(next);
});

test('stop and abandon: everything ends immediately, and a late result is accepted without effect', async () => {
  const { client, pipelineExecutionId, job, stop } = await begin();
  await stop({ abandon: true });
  expect(await summaryOf(client, pipelineExecutionId)).toMatchObject({ status: 'Stopped', stopTrigger: {} });
  const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
  expect(jobDetails?.id).toBe(job.id);
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id, outputVariables: { A: '1' } }));
  await client.send(
    new PutJobFailureResultCommand({ jobId: job.id, failureDetails: { type: 'JobFailed', message: 'no' } }),
  );
  const { actionExecutionDetails = [] } = await client.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  expect(actionExecutionDetails.map(({ actionName, status }) => [actionName, status])).toEqual([
    ['JenkinsTestAction', 'Abandoned'],
    ['Source', 'Succeeded'],
  ]);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.map(({ latestExecution }) => latestExecution?.status)).toEqual([
    'Succeeded',
    'Stopped',
    undefined,
  ]);
});

test('a queued job is no longer offered, and abandon may follow stop and wait', async () => {
  const { client, pipelineExecutionId, server, stop } = await begin();
  await stop({ reason: 'one' });
  await stop({ abandon: true, reason: 'two' });
  await waitForStatus(client, pipelineExecutionId, 'Stopped');
  expect((await summaryOf(client, pipelineExecutionId))?.stopTrigger).toEqual({ reason: 'two' });
  server.clock.advance(60_000);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
});

test('a waiting execution stops immediately; an ended or missing one cannot be stopped', async () => {
  const { client, pipelineExecutionId, job, stop } = await begin();
  const waiting = await startAgain(client);
  await vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    expect(stageStates?.[1]?.inboundExecutions).toHaveLength(1);
  });
  await stop({ pipelineExecutionId: waiting });
  expect(await summaryOf(client, waiting)).toMatchObject({ status: 'Stopped' });
  await client.send(
    new PutJobFailureResultCommand({ jobId: job.id, failureDetails: { type: 'JobFailed', message: 'no' } }),
  );
  const unknown = '00000000-0000-4000-8000-000000000000';
  for (const id of [waiting, pipelineExecutionId, unknown]) {
    await expect(stop({ pipelineExecutionId: id })).rejects.toMatchObject({
      name: 'PipelineExecutionNotStoppableException',
      message: `The pipeline execution with ID '${id}' in '${pipelineName}' can't be stopped now. Either it does not exist in the pipeline, or the pipeline execution has no action executions in progress.`,
    });
  }
  await expect(stop({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
});
