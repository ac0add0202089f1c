import {
  GetPipelineStateCommand,
  ListDeployActionExecutionTargetsCommand,
  type ListDeployActionExecutionTargetsCommandInput,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { pipelineName, pollOne, startStory } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

test('returns no targets for an action execution; rejects a missing one', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  await pollOne(client);
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  const actionExecutionId = stageStates?.[1]?.actionStates?.[0]?.latestExecution?.actionExecutionId ?? '';
  const list = (input: Partial<ListDeployActionExecutionTargetsCommandInput> = {}) =>
    client.send(new ListDeployActionExecutionTargetsCommand({ actionExecutionId, ...input }));
  expect((await list()).targets).toEqual([]);
  expect((await list({ pipelineName })).targets).toEqual([]);
  for (const id of ['00000000-0000-4000-8000-000000000000', 'anything']) {
    for (const members of [{}, { pipelineName }]) {
      await expect(list({ ...members, actionExecutionId: id })).rejects.toMatchObject({
        name: 'ActionExecutionNotFoundException',
        message: `Action Execution with id '${id}' does not exist`,
      });
    }
  }
  await expect(list({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(list({ nextToken: 'made up' })).rejects.toMatchObject({ name: 'InvalidNextTokenException' });
});
