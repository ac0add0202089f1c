import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  GetPipelineStateCommand,
  type Job,
  PollForJobsCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { hourMs, minuteMs } from '../support/engine/test-clock.ts';
import {
  pipelineName,
  poll,
  pollOne,
  startAgain,
  startStory,
  testAction,
  threeStages,
  waitForInbound,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { serve } from '../support/servers/server.ts';

/** Starts two sequential actions in Testing, acknowledges the job of the first one and stops the execution. */
async function begin() {
  const server = await serve();
  const client = server.codePipeline();
  const pipeline = threeStages();
  const second = { ...testAction, name: 'Second', runOrder: 2, outputArtifacts: [{ name: 'Other' }] };
  pipeline.stages[1] = { name: 'Testing', actions: [testAction, second] };
  const executionId = await startStory(client, server.s3(), pipeline);
  const job = await take(client);
  const input = { pipelineName, pipelineExecutionId: executionId, reason: 'wrong branch' };
  await client.send(new StopPipelineExecutionCommand(input));
  return { server, client, executionId, job };
}

async function take(client: CodePipelineClient): Promise<Required<Job>> {
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  return job;
}

/** Returns the statuses of the stage Testing and of its two actions. */
async function testing(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  const { latestExecution, actionStates = [] } = stageStates?.[1] ?? {};
  return [latestExecution?.status, ...actionStates.map((action) => action.latestExecution?.status)];
}

function retry(client: CodePipelineClient, pipelineExecutionId: string) {
  const input = { pipelineName, stageName: 'Testing', pipelineExecutionId, retryMode: 'FAILED_ACTIONS' } as const;
  return client.send(new RetryStageExecutionCommand(input));
}

test('a long job continues, its stage stays locked, and no other action starts (behaviour C.5)', async () => {
  const { server, client, executionId, job } = await begin();
  const next = await startAgain(client);
  await waitForInbound(client, next);
  let current = job;
  for (let count = 0; count < 3; count += 1) {
    server.clock.advance(6 * hourMs);
    expect(await testing(client)).toEqual(['Stopping', 'InProgress', undefined]);
    await client.send(new PutJobSuccessResultCommand({ jobId: current.id, continuationToken: 'more' }));
    server.clock.advance(minuteMs);
    current = await take(client);
    expect(current.data.pipelineContext?.pipelineExecutionId).toBe(executionId);
  }
  await client.send(new PutJobSuccessResultCommand({ jobId: current.id }));
  await waitForStatus(client, executionId, 'Stopped');
  // The first action has succeeded, the second one never started, and the next execution enters the stage.
  const entered = await pollOne(client);
  expect(entered.data.pipelineContext).toMatchObject({
    pipelineExecutionId: next,
    action: { name: testAction.name },
  });
  await expect(retry(client, executionId)).rejects.toMatchObject({ name: 'NotLatestPipelineExecutionException' });
});

test('an execution stopped between run orders can be retried, which runs the action that never started', async () => {
  const { client, executionId, job } = await begin();
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(client, executionId, 'Stopped');
  expect(await testing(client)).toEqual(['Stopped', 'Succeeded', undefined]);
  expect(await retry(client, executionId)).toMatchObject({ pipelineExecutionId: executionId });
  const second = await take(client);
  expect(second.data.pipelineContext).toMatchObject({
    pipelineExecutionId: executionId,
    action: { name: 'Second' },
  });
  expect(await testing(client)).toEqual(['InProgress', 'Succeeded', 'InProgress']);
  await client.send(new PutJobSuccessResultCommand({ jobId: second.id }));
  expect((await testing(client))[0]).toBe('Succeeded');
});

test('an execution whose job fails while it is stopping is Stopped, and the stage can be retried (behaviour C.5)', async () => {
  const { server, client, executionId, job } = await begin();
  server.clock.advance(20 * hourMs);
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }));
  await waitForStatus(client, executionId, 'Stopped');
  expect(await testing(client)).toEqual(['Stopped', 'Failed', undefined]);
  expect(await retry(client, executionId)).toMatchObject({ pipelineExecutionId: executionId });
  await waitForStatus(client, executionId, 'InProgress');
  await client.send(new PutJobSuccessResultCommand({ jobId: (await take(client)).id }));
  expect((await pollOne(client)).data.pipelineContext?.action?.name).toBe('Second');
});

test('the time-out of a job without a result ends the stopping execution', async () => {
  const { server, client, executionId } = await begin();
  server.clock.advance(24 * hourMs);
  await waitForStatus(client, executionId, 'Stopped');
  expect(await testing(client)).toEqual(['Stopped', 'Failed', undefined]);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
});
