import {
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
} from '@aws-sdk/client-codepipeline';
import { DeleteObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  sourceAction,
  sourceKey,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { serveWithStore } from '../support/servers/external-store.ts';

const patient = { timeout: 15_000, interval: 20 };

function polled(): PipelineDeclaration {
  const { PollForSourceChanges: _, ...configuration } = sourceAction.configuration ?? {};
  const [, ...stages] = threeStages().stages;
  return { ...threeStages(), stages: [{ name: 'Source', actions: [{ ...sourceAction, configuration }] }, ...stages] };
}

/** Starts a server with an external store whose polled pipeline has taken the object that is there. */
async function setUp() {
  const server = await serveWithStore();
  const client = server.codePipeline();
  await registerJenkins(client);
  await prepareBuckets(server.s3());
  const executions = async () =>
    (await client.send(new ListPipelineExecutionsCommand({ pipelineName }))).pipelineExecutionSummaries ?? [];
  const takenRevisions = async () =>
    (await executions()).map(({ sourceRevisions }) => sourceRevisions?.[0]?.revisionId);
  const taken = (version: string | undefined) =>
    vi.waitFor(async () => expect((await takenRevisions())[0]).toBe(version), patient);
  const put = async (s3: ReturnType<typeof server.s3>) =>
    (await s3.send(new PutObjectCommand({ Bucket: 'my-source', Key: sourceKey, Body: `${Math.random()}` }))).VersionId;
  const checkFailure = () =>
    vi.waitFor(async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
      const latest = stageStates?.[0]?.actionStates?.[0]?.latestExecution;
      expect(latest?.status).toBe('Failed');
      return latest?.errorDetails;
    }, patient);
  await client.send(new CreatePipelineCommand({ pipeline: polled() }));
  await vi.waitFor(async () => expect((await takenRevisions())[0]).toBeDefined(), patient);
  return { server, executions, takenRevisions, taken, put, checkFailure };
}

test('what others write to an external store is found by polling, once, even across a restart', async () => {
  const { server, executions, takenRevisions, taken, put } = await setUp();
  const first = await put(server.store.s3());
  server.clock.advance(61_000);
  await taken(first);
  await server.restart();
  // What was written while the server was stopped is the only thing that is new.
  await server.restart(async () => {
    await put(server.store.s3());
    await put(server.store.s3());
  });
  const last = await put(server.store.s3());
  server.clock.advance(61_000);
  await taken(last);
  await server.restart();
  const next = await put(server.store.s3());
  server.clock.advance(61_000);
  await taken(next);
  const revisions = await takenRevisions();
  expect(new Set(revisions).size).toBe(revisions.length);
  expect((await executions())[0]?.trigger).toEqual({ triggerType: 'PollForSourceChanges', triggerDetail: 'Source' });
});

test('an upload through this server to an external store starts the pipeline at once', async () => {
  const { server, executions, taken, put } = await setUp();
  await taken(await put(server.s3()));
  await taken(await put(server.s3()));
  expect(await executions()).toHaveLength(3);
});

test('an object that is gone from an external store is said where people look, and found when it is back', async () => {
  const { server, taken, put, checkFailure } = await setUp();
  await server.store.s3().send(new DeleteObjectCommand({ Bucket: 'my-source', Key: sourceKey }));
  server.clock.advance(61_000);
  expect(await checkFailure()).toMatchObject({
    code: 'ConfigurationError',
    message: expect.stringContaining(`has no object with the key ${sourceKey}`),
  });
  const back = await put(server.store.s3());
  server.clock.advance(61_000);
  await taken(back);
});
