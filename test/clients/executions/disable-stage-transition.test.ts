import {
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  PollForJobsCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { pipelineName, poll, pollOne, startAgain, startStory } from '../../support/pipelines/scenario.ts';
import { account, serve } from '../../support/servers/server.ts';

const testing = { pipelineName, stageName: 'Testing', transitionType: 'Inbound' } as const;
const reason = 'Holidays - back on Monday!';

/** Starts a server with the running scenario and reads the transition into Testing. */
async function begin() {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const state = async (index = 1) =>
    (await client.send(new GetPipelineStateCommand({ name: pipelineName }))).stageStates?.[index];
  return { client, executionId, state };
}

test('an execution waits at a disabled transition, is shown there, and enters when it is enabled', async () => {
  const { client, executionId, state } = await begin();
  const first = await pollOne(client);
  expect(first.data.pipelineContext?.pipelineExecutionId).toBe(executionId);
  expect((await state())?.inboundTransitionState).toEqual({ enabled: true });

  const answer = await client.send(new DisableStageTransitionCommand({ ...testing, reason }));
  expect(Object.keys(answer)).toEqual(['$metadata']);
  const closed = (await state())?.inboundTransitionState;
  expect(closed).toEqual({
    enabled: false,
    disabledReason: reason,
    lastChangedBy: `arn:aws:iam::${account}:root`,
    lastChangedAt: expect.any(Date),
  });
  await client.send(new DisableStageTransitionCommand({ ...testing, reason }));
  expect((await state())?.inboundTransitionState).toEqual(closed);

  const second = await startAgain(client);
  await vi.waitFor(async () => expect((await state())?.inboundExecutions).toHaveLength(1));
  const third = await startAgain(client);
  const waiting = [{ pipelineExecutionId: third, status: 'InProgress' }];
  await vi.waitFor(async () => expect((await state())?.inboundExecutions).toEqual(waiting));
  const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries.find((one) => one.pipelineExecutionId === second)?.status).toBe('Superseded');

  await client.send(new EnableStageTransitionCommand(testing));
  expect((await state())?.inboundTransitionState).toEqual({
    enabled: true,
    lastChangedBy: `arn:aws:iam::${account}:root`,
    lastChangedAt: expect.any(Date),
  });
  // The stage is still occupied.
  expect((await state())?.inboundExecutions).toEqual(waiting);
});

test('an outbound transition is shown at the next stage, and holds the execution there', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  await pollOne(client);
  await client.send(
    new DisableStageTransitionCommand({ pipelineName, stageName: 'Source', transitionType: 'Outbound', reason }),
  );
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates.map(({ inboundTransitionState }) => inboundTransitionState?.enabled)).toEqual([true, false, true]);
  expect(stageStates[1]?.latestExecution).toEqual({ pipelineExecutionId: executionId, status: 'InProgress' });
});

test('a new execution waits at the first stage, with no job', async () => {
  const { client, state } = await begin();
  await pollOne(client);
  await client.send(new DisableStageTransitionCommand({ ...testing, stageName: 'Source', reason }));
  const id = await startAgain(client);
  expect((await state(0))?.inboundExecutions).toEqual([{ pipelineExecutionId: id, status: 'InProgress' }]);
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  await client.send(new EnableStageTransitionCommand({ ...testing, stageName: 'Source' }));
  expect((await state(0))?.latestExecution?.pipelineExecutionId).toBe(id);
});

test('rejects missing pipelines and stages, and transitions that don’t exist', async () => {
  const { client } = await begin();
  const disable = (members: object) =>
    client.send(new DisableStageTransitionCommand({ ...testing, reason, ...members }));
  await expect(disable({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(disable({ stageName: 'Nowhere' })).rejects.toMatchObject({
    name: 'StageNotFoundException',
    message: `Pipeline '${pipelineName}' does not have a stage with name 'Nowhere'`,
  });
  await expect(disable({ stageName: 'Release', transitionType: 'Outbound' })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('no transition leads out of it'),
  });
  await expect(disable({ reason: 'no; semicolons' })).rejects.toMatchObject({ name: 'ValidationException' });
});
