import {
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineStateCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { pipelineName, pollOne, startAgain, startStory } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

const testing = { pipelineName, stageName: 'Testing', transitionType: 'Inbound' } as const;

test('the waiting execution gets its job as soon as the transition is enabled', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const { id: jobId } = await pollOne(client);
  await client.send(new DisableStageTransitionCommand({ ...testing, reason: 'later' }));
  await client.send(new PutJobSuccessResultCommand({ jobId }));
  const next = await startAgain(client);
  await vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    expect(stageStates?.[1]?.inboundExecutions).toEqual([{ pipelineExecutionId: next, status: 'InProgress' }]);
  });
  await client.send(
    new EnableStageTransitionCommand({ pipelineName, stageName: 'Source', transitionType: 'Outbound' }),
  );
  expect((await pollOne(client)).data.pipelineContext?.pipelineExecutionId).toBe(next);
});

test('enabling an enabled transition changes nothing; rejects missing pipelines and stages', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const enable = (members: object) => client.send(new EnableStageTransitionCommand({ ...testing, ...members }));
  expect(Object.keys(await enable({}))).toEqual(['$metadata']);
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]?.inboundTransitionState).toEqual({ enabled: true });
  await expect(enable({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(enable({ stageName: 'testing' })).rejects.toMatchObject({ name: 'StageNotFoundException' });
  await expect(enable({ stageName: 'Release', transitionType: 'Outbound' })).rejects.toMatchObject({
    name: 'ValidationException',
  });
});
