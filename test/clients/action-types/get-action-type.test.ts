import { GetActionTypeCommand, ListActionTypesCommand, UpdateActionTypeCommand } from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { jenkinsType, registerJenkins } from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

const s3Deploy = { category: 'Deploy', owner: 'AWS', provider: 'S3', version: '1' } as const;

test('a built-in type in the integration model’s shape equals the one in ListActionTypes', async () => {
  const client = (await serve()).codePipeline();
  const { actionType } = await client.send(new GetActionTypeCommand(s3Deploy));
  const { actionTypes = [] } = await client.send(new ListActionTypesCommand({ actionOwnerFilter: 'AWS' }));
  const listed = actionTypes.find(({ id }) => id?.category === 'Deploy' && id.provider === 'S3');
  expect(actionType).toMatchObject({
    id: s3Deploy,
    executor: { type: 'JobWorker', configuration: { jobWorkerExecutorConfiguration: {} }, jobTimeout: 90 * 60 },
    permissions: { allowedAccounts: ['*'] },
    inputArtifactDetails: listed?.inputArtifactDetails,
    outputArtifactDetails: listed?.outputArtifactDetails,
  });
  expect(actionType?.properties?.map(({ name, optional, key, noEcho }) => [name, optional, key, noEcho])).toEqual(
    listed?.actionConfigurationProperties?.map(({ name, required, key, secret }) => [name, !required, key, secret]),
  );
});

test('custom and unknown types are not found', async () => {
  const client = (await serve()).codePipeline();
  await registerJenkins(client);
  await expect(client.send(new GetActionTypeCommand(jenkinsType))).rejects.toMatchObject({
    name: 'ValidationException',
  });
  await expect(client.send(new GetActionTypeCommand({ ...s3Deploy, owner: 'ThirdParty' }))).rejects.toMatchObject({
    name: 'ActionTypeNotFoundException',
    message: "ActionType (Category: 'Deploy', Owner: 'ThirdParty', Provider: 'S3', Version: '1') is not available",
  });
});

test('UpdateActionType rejects changes to a built-in type', async () => {
  const client = (await serve()).codePipeline();
  const { actionType } = await client.send(new GetActionTypeCommand(s3Deploy));
  if (!actionType) throw new Error('no type');
  await expect(
    client.send(new UpdateActionTypeCommand({ actionType: { ...actionType, description: 'mine' } })),
  ).rejects.toMatchObject({
    name: 'RequestFailedException',
    message: expect.stringContaining('Built-in action types cannot be changed.'),
  });
  expect((await client.send(new GetActionTypeCommand(s3Deploy))).actionType).toEqual(actionType);
  await expect(
    client.send(new UpdateActionTypeCommand({ actionType: { ...actionType, id: { ...s3Deploy, version: '2' } } })),
  ).rejects.toMatchObject({ name: 'ActionTypeNotFoundException' });
});
