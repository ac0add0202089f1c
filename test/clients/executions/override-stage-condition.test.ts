import { ListRuleExecutionsCommand, OverrideStageConditionCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { pipelineName, startStory } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

const unknown = '00000000-0000-4000-8000-000000000000';

test('a missing condition, stage or pipeline cannot be overridden', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const pipelineExecutionId = await startStory(client, server.s3());
  const override = (members: object = {}) =>
    client.send(
      new OverrideStageConditionCommand({
        pipelineName,
        stageName: 'Testing',
        pipelineExecutionId,
        conditionType: 'ON_SUCCESS',
        ...members,
      }),
    );
  await expect(override()).rejects.toMatchObject({
    name: 'ConditionNotOverridableException',
    message: expect.stringContaining('onSuccess'),
  });
  await expect(override({ pipelineExecutionId: unknown })).rejects.toMatchObject({
    name: 'ConditionNotOverridableException',
    message: expect.stringContaining(unknown),
  });
  await expect(override({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(override({ stageName: 'Nowhere' })).rejects.toMatchObject({ name: 'StageNotFoundException' });
});

test('ListRuleExecutions: empty for executions without rules, an error for missing executions', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const pipelineExecutionId = await startStory(client, server.s3());
  const list = (members: object = {}) => client.send(new ListRuleExecutionsCommand({ pipelineName, ...members }));
  expect((await list()).ruleExecutionDetails).toEqual([]);
  expect((await list({ filter: { pipelineExecutionId } })).ruleExecutionDetails).toEqual([]);
  const notThere = { name: 'PipelineExecutionNotFoundException' };
  await expect(list({ filter: { pipelineExecutionId: unknown } })).rejects.toMatchObject(notThere);
  const latestInPipelineExecution = { pipelineExecutionId: unknown, startTimeRange: 'Latest' };
  await expect(list({ filter: { latestInPipelineExecution } })).rejects.toMatchObject(notThere);
  await expect(list({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(list({ nextToken: 'made up' })).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
});
