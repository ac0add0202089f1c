import {
  AcknowledgeJobCommand,
  type CodePipelineClient,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PollForJobsCommand,
  PutJobSuccessResultCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import {
  otherVersion,
  pipelineName,
  poll,
  pollOne,
  sourceAction,
  startAgain,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { serve } from '../../support/servers/server.ts';

async function statuses(client: CodePipelineClient): Promise<Record<string, string | undefined>> {
  const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  return Object.fromEntries(
    pipelineExecutionSummaries.map(({ pipelineExecutionId, status }) => [pipelineExecutionId ?? '', status]),
  );
}

/** Starts one execution in Testing and another one that waits for it. */
async function startTwo() {
  const server = await serve();
  const client = server.codePipeline();
  const active = await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const waiting = await startAgain(client);
  await vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    expect(stageStates?.[1]?.inboundExecutions).toEqual([{ pipelineExecutionId: waiting, status: 'InProgress' }]);
  });
  return { client, active, waiting, job };
}

test('an update cancels the waiting execution immediately, the active one when its action has ended (behaviour C.2.4)', async () => {
  const { client, active, waiting, job } = await startTwo();
  await client.send(new UpdatePipelineCommand({ pipeline: otherVersion() }));
  expect(await statuses(client)).toEqual({ [active]: 'InProgress', [waiting]: 'Cancelled' });
  const state = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(state).toMatchObject({ pipelineVersion: 2, stageStates: [{}, { inboundExecutions: [] }, {}] });
  // The worker isn't affected.
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  expect(await statuses(client)).toEqual({ [active]: 'Cancelled', [waiting]: 'Cancelled' });
  const after = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(after.stageStates?.map(({ latestExecution }) => latestExecution?.status)).toEqual([
    'Succeeded',
    'Cancelled',
    undefined,
  ]);
  const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(actionExecutionDetails.map(({ actionName, status }) => [actionName, status])).toEqual([
    ['Source', 'Succeeded'],
    ['JenkinsTestAction', 'Succeeded'],
    ['Source', 'Succeeded'],
  ]);
});

test('executions show the version they started with; new ones use the new version', async () => {
  const { client, active, waiting, job } = await startTwo();
  const renamed = { ...testAction, name: 'Second' };
  await client.send(new UpdatePipelineCommand({ pipeline: threeStages(renamed) }));
  const newest = await startAgain(client);
  const version = async (pipelineExecutionId: string) =>
    (await client.send(new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }))).pipelineExecution
      ?.pipelineVersion;
  expect(await Promise.all([active, waiting, newest].map(version))).toEqual([1, 1, 2]);
  // The outdated execution occupies the stage until its action has ended.
  await vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    expect(stageStates?.[1]?.inboundExecutions).toEqual([{ pipelineExecutionId: newest, status: 'InProgress' }]);
  });
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  const next = await pollOne(client);
  expect(next.data.pipelineContext).toMatchObject({ action: { name: 'Second' }, pipelineExecutionId: newest });
  await client.send(new PutJobSuccessResultCommand({ jobId: next.id }));
  expect((await statuses(client))[active]).toBe('Cancelled');
});

test('an execution in a removed stage ends too, and blocks no other', async () => {
  const { client, active, job } = await startTwo();
  const { stages, ...members } = threeStages();
  const [source, testing] = stages;
  if (!source || !testing) throw new Error('no stages');
  await client.send(
    new UpdatePipelineCommand({ pipeline: { ...members, stages: [source, { ...testing, name: 'Checks' }] } }),
  );
  const newest = await startAgain(client);
  const next = await pollOne(client);
  expect(next.data.pipelineContext).toMatchObject({ stage: { name: 'Checks' }, pipelineExecutionId: newest });
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(client, active, 'Cancelled');
});

test('a queued job is still offered, and its result ends the cancelled execution', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const id = await startStory(client, server.s3());
  await vi.waitFor(async () => {
    const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    expect(stageStates?.[1]?.latestExecution?.pipelineExecutionId).toBe(id);
  });
  const quiet = { ...sourceAction, namespace: 'Other' };
  const { stages, ...members } = threeStages();
  await client.send(
    new UpdatePipelineCommand({
      pipeline: { ...members, stages: [{ name: 'Source', actions: [quiet] }, ...stages.slice(1)] },
    }),
  );
  const job = await pollOne(client);
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id, continuationToken: 'more' }));
  server.clock.advance(2000);
  expect((await statuses(client))[id]).toBe('InProgress');
  const last = await pollOne(client);
  await client.send(new PutJobSuccessResultCommand({ jobId: last.id }));
  expect((await statuses(client))[id]).toBe('Cancelled');
});
