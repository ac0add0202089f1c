import {
  ListActionExecutionsCommand,
  ListDeployActionExecutionTargetsCommand,
  ListRuleExecutionsCommand,
  OverrideStageConditionCommand,
  PollForThirdPartyJobsCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { pipelineName, pollOne, startStory } from '../support/scenario.ts';
import { serve } from '../support/server.ts';

const unknownId = '11111111-2222-3333-4444-555555555555';

test('rules, deploy targets and conditions: what is named is looked up, and there are none', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const pipelineExecutionId = await startStory(client, server.s3());
  await pollOne(client);
  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  const actionExecutionId = actionExecutionDetails?.[0]?.actionExecutionId;

  const filter = { pipelineExecutionId };
  expect(await client.send(new ListRuleExecutionsCommand({ pipelineName, filter }))).toMatchObject({
    ruleExecutionDetails: [],
  });
  const unknown = { pipelineExecutionId: unknownId };
  await expect(client.send(new ListRuleExecutionsCommand({ pipelineName, filter: unknown }))).rejects.toMatchObject({
    name: 'PipelineExecutionNotFoundException',
  });
  await expect(client.send(new ListRuleExecutionsCommand({ pipelineName, nextToken: 'x' }))).rejects.toMatchObject({
    name: 'InvalidNextTokenException',
  });

  const targetsOf = (id: string | undefined) =>
    client.send(new ListDeployActionExecutionTargetsCommand({ pipelineName, actionExecutionId: id }));
  expect((await targetsOf(actionExecutionId)).targets).toEqual([]);
  await expect(targetsOf(unknownId)).rejects.toMatchObject({ name: 'ActionExecutionNotFoundException' });

  const override = (stageName: string) =>
    client.send(
      new OverrideStageConditionCommand({ pipelineName, stageName, pipelineExecutionId, conditionType: 'ON_SUCCESS' }),
    );
  await expect(override('Testing')).rejects.toMatchObject({ name: 'ConditionNotOverridableException' });
  await expect(override('Nowhere')).rejects.toMatchObject({ name: 'StageNotFoundException' });
});

test('a partner type of the catalogue has no jobs, other owners are refused', async () => {
  const client = (await serve()).codePipeline();
  const github = { category: 'Source', owner: 'ThirdParty', provider: 'GitHub', version: '1' } as const;
  expect((await client.send(new PollForThirdPartyJobsCommand({ actionTypeId: github }))).jobs).toEqual([]);
  await expect(
    client.send(new PollForThirdPartyJobsCommand({ actionTypeId: { ...github, owner: 'AWS' } })),
  ).rejects.toMatchObject({ name: 'ValidationException', message: "ActionType with owner 'AWS' is not supported" });
});
