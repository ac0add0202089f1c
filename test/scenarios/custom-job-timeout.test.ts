import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  GetJobDetailsCommand,
  GetPipelineStateCommand,
  type Job,
  ListActionExecutionsCommand,
  PollForJobsCommand,
  PutJobSuccessResultCommand,
  type PutJobSuccessResultCommandInput,
  RetryStageExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { hourMs, minuteMs } from '../support/engine/test-clock.ts';
import {
  otherVersion,
  pipelineName,
  poll,
  pollOne,
  startAgain,
  startStory,
  waitForInbound,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { type Keys, serve, type TestServer } from '../support/servers/server.ts';

async function setUp() {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  return { server, client, executionId };
}

/** Polls for a job and acknowledges it. */
async function claimJob(client: CodePipelineClient): Promise<Required<Job>> {
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  return job;
}

function succeed(client: CodePipelineClient, job: Job, members: Partial<PutJobSuccessResultCommandInput> = {}) {
  return client.send(new PutJobSuccessResultCommand({ jobId: job.id, ...members }));
}

/** Writes the output of a job with its own credentials. */
async function writeReport(server: TestServer, { data }: Required<Job>, text: string): Promise<string> {
  const { bucketName: Bucket, objectKey: Key = '' } = data.outputArtifacts?.[0]?.location?.s3Location ?? {};
  await server.s3(data.artifactCredentials as Keys).send(new PutObjectCommand({ Bucket, Key, Body: text }));
  return Key;
}

async function testState(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[1]?.actionStates?.[0]?.latestExecution;
}

function retry(client: CodePipelineClient, pipelineExecutionId: string) {
  const retryMode = 'FAILED_ACTIONS';
  return client.send(
    new RetryStageExecutionCommand({ pipelineName, stageName: 'Testing', pipelineExecutionId, retryMode }),
  );
}

test('an action times out 24 hours after its start, however many continuations it had (behaviour A.6, A.8)', async () => {
  const { server, client, executionId } = await setUp();
  const jobs: Required<Job>[] = [];
  for (const percentComplete of [25, 50, 75, 99]) {
    const job = await claimJob(client);
    jobs.push(job);
    server.clock.advance(6 * hourMs - 2 * minuteMs);
    const executionDetails = { externalExecutionId: 'run-7', summary: `${percentComplete} %`, percentComplete };
    await succeed(client, job, { continuationToken: `at-${percentComplete}`, executionDetails });
    server.clock.advance(minuteMs);
  }
  expect(new Set(jobs.map(({ id }) => id)).size).toBe(4);
  expect(new Set(jobs.map(({ data }) => data.pipelineContext?.action?.actionExecutionId)).size).toBe(1);
  // Four minutes are left of the 24 hours, also for the job that is offered now.
  const last = await claimJob(client);
  server.clock.advance(4 * minuteMs);
  await waitForStatus(client, executionId, 'Failed');
  expect(await testState(client)).toMatchObject({
    status: 'Failed',
    externalExecutionId: 'run-7',
    summary: '99 %',
    errorDetails: { code: 'JobTimedOut', message: expect.any(String) },
  });
  const late = { name: 'InvalidJobStateException', message: `Job with id ${last.id} has already terminated` };
  await expect(succeed(client, last)).rejects.toMatchObject(late);
});

test('an unacknowledged job times out too, and the next execution enters', async () => {
  const { server, client, executionId } = await setUp();
  const job = await pollOne(client);
  const next = await startAgain(client);
  await waitForInbound(client, next);
  server.clock.advance(24 * hourMs);
  await waitForStatus(client, executionId, 'Failed');
  const offered = await pollOne(client);
  expect(offered.data.pipelineContext?.pipelineExecutionId).toBe(next);
  expect(await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }))).toMatchObject({
    status: 'TimedOut',
  });
});

test('a retried action has another 24 hours, and its new attempt provides the output (behaviour C.6, C.15)', async () => {
  const { server, client, executionId } = await setUp();
  const lost = await claimJob(client);
  const lostKey = await writeReport(server, lost, 'too late');
  server.clock.advance(24 * hourMs);
  await waitForStatus(client, executionId, 'Failed');
  await retry(client, executionId);
  const again = await claimJob(client);
  expect(again.data.inputArtifacts).toEqual(lost.data.inputArtifacts);
  server.clock.advance(24 * hourMs - minuteMs);
  // The credentials of the poll have expired; the worker requests new ones.
  const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: again.id }));
  const key = await writeReport(server, { ...again, data: jobDetails?.data ?? again.data }, 'in time');
  expect(key).not.toBe(lostKey);
  await succeed(client, again);
  await waitForStatus(client, executionId, 'Succeeded');
  const release = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await release.Body?.transformToString()).toBe('in time');
  const { actionExecutionDetails = [] } = await client.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId: executionId } }),
  );
  const attempts = actionExecutionDetails.filter(({ stageName }) => stageName === 'Testing');
  expect(attempts.map(({ status, output }) => [status, output?.outputArtifacts?.[0]?.s3location?.key])).toEqual([
    ['Succeeded', key],
    ['Failed', lostKey],
  ]);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
});

test('after an update the time-out ends the execution as Cancelled, and only then the next one enters (behaviour C.2.4)', async () => {
  const { server, client, executionId } = await setUp();
  const job = await claimJob(client);
  await client.send(new UpdatePipelineCommand({ pipeline: otherVersion() }));
  const next = await startAgain(client);
  await waitForInbound(client, next);
  server.clock.advance(24 * hourMs - minuteMs);
  await succeed(client, job, { continuationToken: 'more' });
  await waitForStatus(client, executionId, 'InProgress');
  server.clock.advance(minuteMs);
  await waitForStatus(client, executionId, 'Cancelled');
  expect((await pollOne(client)).data.pipelineContext?.pipelineExecutionId).toBe(next);
});
