import {
  AcknowledgeJobCommand,
  DeletePipelineCommand,
  GetJobDetailsCommand,
  GetPipelineStateCommand,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { hourMs } from '../../support/engine/test-clock.ts';
import { pipelineName, poll, pollOne, startStory, waitForStatus } from '../../support/pipelines/scenario.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

const unknownJob = '11111111-2222-3333-4444-555555555555';

async function serveOneJob() {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const job = await pollOne(client);
  return { server, client, executionId, job, acknowledge: (nonce: string) => acknowledge(nonce) };
  function acknowledge(nonce: string) {
    return client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce }));
  }
}

test('repeating the winning nonce returns the current status; any other nonce is rejected (decision 1)', async () => {
  const { client, job, acknowledge } = await serveOneJob();
  await expect(acknowledge('17')).rejects.toMatchObject({ name: 'InvalidNonceException' });
  expect(await acknowledge(job.nonce)).toMatchObject({ status: 'InProgress' });
  expect(await acknowledge(job.nonce)).toMatchObject({ status: 'InProgress' });
  for (const nonce of ['4', '2', '03', 'three']) {
    await expect(acknowledge(nonce)).rejects.toMatchObject({ name: 'InvalidNonceException' });
  }
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }));
  expect(await acknowledge(job.nonce)).toMatchObject({ status: 'Failed' });
});

test('a result may precede the acknowledgement, which then returns the final status (decision 1, 5)', async () => {
  const { client, job, acknowledge } = await serveOneJob();
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }));
  await expect(acknowledge('4')).rejects.toMatchObject({ name: 'InvalidNonceException' });
  expect(await acknowledge(job.nonce)).toMatchObject({ status: 'Failed' });
});

test('an old delivery can still acknowledge minutes later if no other has (decision 1)', async () => {
  const { server, client, job, acknowledge } = await serveOneJob();
  server.clock.advance(5 * 60_000);
  const { jobs } = await client.send(new PollForJobsCommand(poll));
  expect(jobs?.[0]?.nonce).toBe('4');
  expect(await acknowledge(job.nonce)).toMatchObject({ status: 'InProgress' });
  await expect(acknowledge('4')).rejects.toMatchObject({ name: 'InvalidNonceException' });
});

test('every operation returns JobNotFoundException for an unknown job and ValidationException for a malformed id', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  for (const [jobId, name] of [
    [unknownJob, 'JobNotFoundException'],
    ['no-id', 'ValidationException'],
  ]) {
    const calls = [
      client.send(new AcknowledgeJobCommand({ jobId, nonce: '3' })),
      client.send(new GetJobDetailsCommand({ jobId })),
      client.send(new PutJobSuccessResultCommand({ jobId })),
      client.send(new PutJobFailureResultCommand({ jobId, failureDetails })),
    ];
    for (const call of calls) await expect(call).rejects.toMatchObject({ name });
  }
});

test('accepts an identical result again, and rejects a different or opposite one (behaviour A.6)', async () => {
  const { client, job, acknowledge } = await serveOneJob();
  await acknowledge(job.nonce);
  const executionDetails = { summary: 'Finished' };
  const succeed = (details: { summary: string }) =>
    client.send(new PutJobSuccessResultCommand({ jobId: job.id, executionDetails: details }));
  await succeed(executionDetails);
  await succeed(executionDetails);
  await expect(succeed({ summary: 'Otherwise' })).rejects.toMatchObject({
    name: 'InvalidJobStateException',
    message: `The status of job with id ${job.id} is already set to the desired value. It cannot be updated with the same status, but different result or output variables.`,
  });
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await expect(client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }))).rejects.toMatchObject({
    name: 'InvalidJobStateException',
    message: `Job with id ${job.id} has already terminated`,
  });
});

test('a continuation token ends the job and queues a new one of the same action after the delay (behaviour A.6)', async () => {
  const { server, client, job, executionId, acknowledge } = await serveOneJob();
  await acknowledge(job.nonce);
  const executionDetails = { externalExecutionId: '12', summary: 'half way', percentComplete: 50 };
  await client.send(
    new PutJobSuccessResultCommand({ jobId: job.id, continuationToken: 'second half', executionDetails }),
  );
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  server.clock.advance(1_000);
  const next = await pollOne(client);
  expect(next.id).not.toBe(job.id);
  expect(next.data).toMatchObject({
    continuationToken: 'second half',
    pipelineContext: job.data.pipelineContext,
    outputArtifacts: job.data.outputArtifacts,
  });
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]?.actionStates?.[0]?.latestExecution).toMatchObject({
    status: 'InProgress',
    ...executionDetails,
  });
  const s3 = server.s3(next.data.artifactCredentials as Keys);
  const output = next.data.outputArtifacts?.[0]?.location?.s3Location;
  await s3.send(new PutObjectCommand({ Bucket: output?.bucketName, Key: output?.objectKey, Body: 'x' }));
  await client.send(new AcknowledgeJobCommand({ jobId: next.id, nonce: next.nonce }));
  await client.send(new PutJobSuccessResultCommand({ jobId: next.id }));
  await waitForStatus(client, executionId, 'Succeeded');
});

test('rejects a continuation token with output variables, and the job continues', async () => {
  const { client, job, acknowledge } = await serveOneJob();
  await acknowledge(job.nonce);
  await expect(
    client.send(
      new PutJobSuccessResultCommand({ jobId: job.id, continuationToken: 'more', outputVariables: { A: '1' } }),
    ),
  ).rejects.toMatchObject({
    name: 'ValidationException',
    message: 'A job can not contain both a continuation token and output variables.',
  });
  expect(await acknowledge(job.nonce)).toMatchObject({ status: 'InProgress' });
});

test('a success without its artifact fails the next action, which says what is missing', async () => {
  const { client, job, executionId, acknowledge } = await serveOneJob();
  await acknowledge(job.nonce);
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(client, executionId, 'Failed');
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[2]?.actionStates?.[0]?.latestExecution).toMatchObject({
    status: 'Failed',
    errorDetails: { message: expect.stringContaining('TestReport') },
  });
});

test('an acknowledged job without a result fails after 24 hours instead of hanging (behaviour A.8)', async () => {
  const { server, client, job, executionId, acknowledge } = await serveOneJob();
  await acknowledge(job.nonce);
  server.clock.advance(24 * hourMs);
  await waitForStatus(client, executionId, 'Failed');
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]).toMatchObject({
    latestExecution: { pipelineExecutionId: executionId, status: 'Failed' },
    actionStates: [{ latestExecution: { errorDetails: { code: 'JobTimedOut' } } }],
  });
  await expect(client.send(new PutJobSuccessResultCommand({ jobId: job.id }))).rejects.toMatchObject({
    name: 'InvalidJobStateException',
  });
});

test('deleting the pipeline removes its queued job and rejects the result of the claimed one', async () => {
  const { server, client, job } = await serveOneJob();
  await client.send(new DeletePipelineCommand({ name: pipelineName }));
  server.clock.advance(31_000);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  await expect(client.send(new PutJobSuccessResultCommand({ jobId: job.id }))).rejects.toMatchObject({
    name: 'InvalidJobStateException',
  });
  await client.send(new DeletePipelineCommand({ name: pipelineName }));
});
