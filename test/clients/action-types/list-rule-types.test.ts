import { CreatePipelineCommand, ListRuleTypesCommand, type RuleDeclaration } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { prepareBuckets, registerJenkins, threeStages } from '../../support/pipelines/scenario.ts';
import { region, serve } from '../../support/servers/server.ts';

test('lists the six rule types with any matching filter (behaviour C.8)', async () => {
  const client = (await serve()).codePipeline();
  const { ruleTypes = [] } = await client.send(new ListRuleTypesCommand({}));
  expect(ruleTypes.map(({ id }) => id?.provider).sort()).toEqual([
    'CloudWatchAlarm',
    'CodeBuild',
    'Commands',
    'DeploymentWindow',
    'LambdaInvoke',
    'VariableCheck',
  ]);
  for (const { id } of ruleTypes) expect(id).toMatchObject({ category: 'Rule', owner: 'AWS', version: '1' });
  const filtered = await client.send(new ListRuleTypesCommand({ ruleOwnerFilter: 'AWS', regionFilter: region }));
  expect(filtered.ruleTypes).toEqual(ruleTypes);
  await expect(client.send(new ListRuleTypesCommand({ regionFilter: 'eu-west-1' }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining("'eu-west-1' is not the region of this call"),
  });
});

test('validates the rules of a condition with these types (behaviour B.3)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const [source = { name: 'Source', actions: [] }, ...stages] = threeStages().stages;
  const create = (rule: Omit<RuleDeclaration, 'name'>) => {
    const beforeEntry = { conditions: [{ result: 'FAIL' as const, rules: [{ name: 'Check', ...rule }] }] };
    const pipeline = { ...threeStages(), stages: [{ ...source, beforeEntry }, ...stages] };
    return client.send(new CreatePipelineCommand({ pipeline }));
  };
  const ruleTypeId = { category: 'Rule', owner: 'AWS', version: '1' } as const;
  await expect(create({ ruleTypeId: { ...ruleTypeId, provider: 'Horoscope' } })).rejects.toMatchObject({
    name: 'InvalidStageDeclarationException',
    message:
      "RuleType (Category: 'Rule', Provider: 'Horoscope', Owner: 'AWS', Version: '1') in rule 'Check' is not available in region 'US_EAST_1'",
  });
  await expect(create({ ruleTypeId: { ...ruleTypeId, provider: 'DeploymentWindow' } })).rejects.toMatchObject({
    name: 'InvalidStageDeclarationException',
    message: "Rule configuration for rule 'Check' is missing required configuration 'Cron'",
  });
});
