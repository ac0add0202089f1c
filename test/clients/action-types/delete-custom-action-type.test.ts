import {
  AcknowledgeJobCommand,
  CreateCustomActionTypeCommand,
  type CreateCustomActionTypeCommandInput,
  CreatePipelineCommand,
  DeleteCustomActionTypeCommand,
  GetPipelineStateCommand,
  ListActionTypesCommand,
  ListTagsForResourceCommand,
  PollForJobsCommand,
  PutJobSuccessResultCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { dayMs } from '../../support/engine/test-clock.ts';
import {
  jenkinsType,
  pipelineName,
  poll,
  pollOne,
  prepareBuckets,
  registerJenkins,
  startAgain,
  startStory,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { account, region, serve } from '../../support/servers/server.ts';

const { owner: _, ...jenkins } = jenkinsType;

const mill: CreateCustomActionTypeCommandInput = {
  category: 'Build',
  provider: 'Mill',
  version: '1',
  settings: { entityUrlTemplate: 'https://mill.example/{Config:Lane}', executionUrlTemplate: 'https://mill.example/x' },
  configurationProperties: [
    { name: 'Lane', required: true, key: true, secret: false, description: 'd' },
    { name: 'Note', required: false, key: false, secret: false },
  ],
  inputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
  outputArtifactDetails: { minimumCount: 0, maximumCount: 1 },
};

async function start() {
  const client = (await serve()).codePipeline();
  return {
    client,
    create: (members: Partial<CreateCustomActionTypeCommandInput> = {}) =>
      client.send(new CreateCustomActionTypeCommand({ ...mill, ...members })),
    remove: () => client.send(new DeleteCustomActionTypeCommand({ category: 'Build', provider: 'Mill', version: '1' })),
    custom: async () => {
      const { actionTypes = [] } = await client.send(new ListActionTypesCommand({ actionOwnerFilter: 'Custom' }));
      return actionTypes;
    },
  };
}

test('a deleted type cannot be listed, polled or declared; deleting a missing one succeeds', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await client.send(new DeleteCustomActionTypeCommand(jenkins));
  await registerJenkins(client);
  await client.send(new DeleteCustomActionTypeCommand(jenkins));
  await client.send(new DeleteCustomActionTypeCommand(jenkins));
  expect((await client.send(new ListActionTypesCommand({ actionOwnerFilter: 'Custom' }))).actionTypes).toEqual([]);
  await expect(client.send(new PollForJobsCommand(poll))).rejects.toMatchObject({
    name: 'ActionTypeNotFoundException',
  });
  await prepareBuckets(server.s3());
  await expect(client.send(new CreatePipelineCommand({ pipeline: threeStages() }))).rejects.toMatchObject({
    name: 'InvalidActionDeclarationException',
    message: expect.stringContaining('is not available in region'),
  });
});

test('a deleted version cannot be created again, except with the identical definition', async () => {
  const { client, create, remove, custom } = await start();
  await create({ tags: [{ key: 'A', value: '1' }] });
  const [defined] = await custom();
  const taken = {
    name: 'InvalidActionTypeException',
    message:
      "ActionType (Category: 'Build', Owner: 'Custom', Provider: 'Mill', Version: '1') already exists. Create a new version of the action type.",
  };
  await expect(create()).rejects.toMatchObject(taken);
  await remove();
  await expect(create({ settings: undefined })).rejects.toMatchObject({
    name: 'InvalidActionTypeException',
    message:
      "ActionType (Category: 'Build', Owner: 'Custom', Provider: 'Mill', Version: '1') has been deleted. Create a new version of the action type.",
  });
  expect(await custom()).toEqual([]);
  const [lane, note] = mill.configurationProperties ?? [];
  // The same definition with its members in another order is the same definition.
  const turned = [Object.fromEntries(Object.entries(lane ?? {}).reverse()), note];
  await create({
    configurationProperties: turned as typeof mill.configurationProperties,
    tags: [{ key: 'B', value: '2' }],
  });
  expect(await custom()).toEqual([defined]);
  const resourceArn = `arn:aws:codepipeline:${region}:${account}:actiontype:Custom/Build/Mill/1`;
  const { tags } = await client.send(new ListTagsForResourceCommand({ resourceArn }));
  expect(tags).toEqual([{ key: 'B', value: '2' }]);
  await expect(create()).rejects.toMatchObject(taken);
});

test('allows 50 types per account, not counting deleted ones', async () => {
  const { create, remove } = await start();
  for (let version = 1; version <= 50; version += 1) await create({ version: String(version) });
  await expect(create({ version: '51' })).rejects.toMatchObject({ name: 'LimitExceededException' });
  await remove();
  await create({ version: '51' });
});

test('a pipeline with a deleted type: its running job can end, and the next such action fails', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new DeleteCustomActionTypeCommand(jenkins));
  await expect(client.send(new UpdatePipelineCommand({ pipeline: threeStages() }))).rejects.toMatchObject({
    name: 'InvalidActionDeclarationException',
  });
  const next = await startAgain(client);
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(client, next, 'Failed');
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[1]?.actionStates?.[0]?.latestExecution?.errorDetails).toEqual({
    code: 'ConfigurationError',
    message:
      "ActionType (Category: 'Test', Owner: 'Custom', Provider: 'JenkinsProviderName', Version: '1') is not available",
  });
});

test('a queued job stays queued while its type is deleted, and can be claimed when the type is restored', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const { id, nonce } = await pollOne(client);
  await client.send(new DeleteCustomActionTypeCommand(jenkins));
  server.clock.advance(31_000);
  await expect(client.send(new PollForJobsCommand(poll))).rejects.toMatchObject({
    name: 'ActionTypeNotFoundException',
  });
  await registerJenkins(client);
  const again = await pollOne(client);
  expect(again).toMatchObject({ id, data: { pipelineContext: { pipelineExecutionId: executionId } } });
  expect(again.nonce).not.toBe(nonce);
});

test('a continuation whose type was deleted fails with the timeout of its action', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  await client.send(new DeleteCustomActionTypeCommand(jenkins));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id, continuationToken: 'more' }));
  server.clock.advance(dayMs);
  await waitForStatus(client, executionId, 'Failed');
});
