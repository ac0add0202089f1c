import { ListRuleTypesCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { region, serve } from '../support/server.ts';

test('behaviour C.8: the six rule types, whatever the filters that fit', async () => {
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
