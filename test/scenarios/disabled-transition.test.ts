import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineStateCommand,
  PollForJobsCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { dayMs } from '../support/engine/test-clock.ts';
import {
  pipelineName,
  poll,
  pollOne,
  startAgain,
  startStory,
  waitForInbound,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { serve } from '../support/servers/server.ts';

const testing = { pipelineName, stageName: 'Testing', transitionType: 'Inbound' } as const;

/** Starts a server with one execution inside Testing and another one waiting at its disabled transition. */
async function setUp() {
  const server = await serve();
  const client = server.codePipeline();
  const inside = await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new DisableStageTransitionCommand({ ...testing, reason: 'Freeze' }));
  const waiting = await startAgain(client);
  await waitForInbound(client, waiting);
  return { server, client, inside, job, waiting };
}

async function inboundOf(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[1]?.inboundExecutions;
}

test('an execution past it continues; a waiting one enters when it is enabled within 30 days (behaviour C.4)', async () => {
  const { server, client, inside, job, waiting } = await setUp();
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  // The artifact it deploys was never written, so the execution fails there, past the disabled transition.
  await waitForStatus(client, inside, 'Failed');
  for (let week = 0; week < 4; week += 1) {
    server.clock.advance(7 * dayMs);
    expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
    expect(await inboundOf(client)).toMatchObject([{ pipelineExecutionId: waiting, status: 'InProgress' }]);
  }
  server.clock.advance(dayMs);
  await client.send(new EnableStageTransitionCommand(testing));
  const entered = await pollOne(client);
  expect(entered.data.pipelineContext?.pipelineExecutionId).toBe(waiting);
  expect(await inboundOf(client)).toEqual([]);
});

test('a newer execution supersedes the waiting one after weeks, and then waits itself', async () => {
  const { server, client, job, waiting } = await setUp();
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  server.clock.advance(14 * dayMs);
  const newer = await startAgain(client);
  await waitForInbound(client, newer);
  await waitForStatus(client, waiting, 'Superseded');
  server.clock.advance(14 * dayMs);
  await client.send(new EnableStageTransitionCommand(testing));
  expect((await pollOne(client)).data.pipelineContext?.pipelineExecutionId).toBe(newer);
});

test('a waiting execution that was stopped does not enter, and cannot be retried (behaviour C.4)', async () => {
  const { server, client, job, waiting } = await setUp();
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  server.clock.advance(3 * dayMs);
  await client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId: waiting }));
  await waitForStatus(client, waiting, 'Stopped');
  await client.send(new EnableStageTransitionCommand(testing));
  expect(await inboundOf(client)).toEqual([]);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  const retryMode = 'FAILED_ACTIONS';
  for (const stageName of ['Source', 'Testing']) {
    await expect(
      client.send(new RetryStageExecutionCommand({ pipelineName, stageName, pipelineExecutionId: waiting, retryMode })),
    ).rejects.toMatchObject({ name: 'StageNotRetryableException' });
  }
});
