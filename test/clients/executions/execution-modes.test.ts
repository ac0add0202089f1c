import {
  type CodePipelineClient,
  CreatePipelineCommand,
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetPipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutApprovalResultCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  RetryStageExecutionCommand,
  StartPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import {
  deployAction,
  pipelineName,
  pollOne,
  startAgain,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { callRaw } from '../../support/requests/signed-request.ts';
import { serve } from '../../support/servers/server.ts';

type ExecutionMode = 'QUEUED' | 'PARALLEL' | 'SUPERSEDED';

const deployment = { ...deployAction, inputArtifacts: [{ name: 'MyAppBuild' }] };

/** Returns a pipeline in this mode: source, test, and deployment of the source's output. */
function inMode(executionMode: ExecutionMode, test = testAction) {
  return { ...threeStages(test, deployment), pipelineType: 'V2' as const, executionMode };
}

const asking = {
  name: 'Ask',
  actionTypeId: { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' },
} as const;

async function stages(client: CodePipelineClient) {
  return (await client.send(new GetPipelineStateCommand({ name: pipelineName }))).stageStates ?? [];
}

/** Waits until this many executions wait for Testing; returns their ids in the order shown. */
async function inbound(client: CodePipelineClient, count: number) {
  return vi.waitFor(async () => {
    const ids = (await stages(client))[1]?.inboundExecutions?.map((one) => one.pipelineExecutionId);
    expect(ids).toHaveLength(count);
    return ids;
  }, patience);
}

async function statuses(client: CodePipelineClient) {
  const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  return pipelineExecutionSummaries.map(({ status }) => status).reverse();
}

const executionOf = (job: Awaited<ReturnType<typeof pollOne>>) => job.data.pipelineContext?.pipelineExecutionId;
const way = { pipelineName, stageName: 'Testing', transitionType: 'Inbound' } as const;
const close = new DisableStageTransitionCommand({ ...way, reason: 'freeze' });
const open = new EnableStageTransitionCommand(way);
const patience = { timeout: 10_000, interval: 20 };

test('QUEUED executions wait for a stage in order of arrival, and none is superseded (behaviour C.2.3)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const first = await startStory(client, server.s3(), inMode('QUEUED'));
  const running = await pollOne(client);
  expect(executionOf(running)).toBe(first);
  const waiting = [await startAgain(client), await startAgain(client)];
  expect(await inbound(client, 2)).toEqual(waiting);
  const { pipeline } = await client.send(new GetPipelineCommand({ name: pipelineName }));
  expect(pipeline).toMatchObject({ executionMode: 'QUEUED', pipelineType: 'V2' });
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: waiting[0] }),
  );
  expect(pipelineExecution).toMatchObject({ status: 'InProgress', executionMode: 'QUEUED' });
  await client.send(
    new PutJobFailureResultCommand({ jobId: running.id, failureDetails: { type: 'JobFailed', message: 'no' } }),
  );
  const next = await pollOne(client);
  expect(executionOf(next)).toBe(waiting[0]);
  await client.send(new PutJobSuccessResultCommand({ jobId: next.id }));
  const last = await pollOne(client);
  expect(executionOf(last)).toBe(waiting[1]);
  await client.send(new PutJobSuccessResultCommand({ jobId: last.id }));
  await waitForStatus(client, waiting[1] ?? '', 'Succeeded');
  expect(await statuses(client)).toEqual(['Failed', 'Succeeded', 'Succeeded']);
});

test('SUPERSEDED: only the latest execution keeps waiting for a stage (behaviour C.2.2)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const first = await startStory(client, server.s3(), inMode('SUPERSEDED'));
  expect(executionOf(await pollOne(client))).toBe(first);
  const older = await startAgain(client);
  expect(await inbound(client, 1)).toEqual([older]);
  const newer = await startAgain(client);
  await waitForStatus(client, older, 'Superseded');
  expect(await inbound(client, 1)).toEqual([newer]);
});

test('PARALLEL executions run concurrently and are not in the state (behaviour C.2.3)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const ids = [await startStory(client, server.s3(), inMode('PARALLEL')), await startAgain(client)];
  ids.push(await startAgain(client));
  const jobs = [await pollOne(client), await pollOne(client), await pollOne(client)];
  expect(jobs.map(executionOf).sort()).toEqual([...ids].sort());
  const shown = await stages(client);
  expect(shown).toMatchObject(Array(3).fill({ inboundExecutions: [], inboundTransitionState: { enabled: true } }));
  for (const { latestExecution, actionStates } of shown) {
    expect(latestExecution).toBeUndefined();
    expect(actionStates?.map(({ latestExecution: latest }) => latest)).toEqual([undefined]);
  }
  // The failed one is retried although others have entered the stage since (behaviour C.6).
  const failed = { pipelineName, stageName: 'Testing', pipelineExecutionId: executionOf(jobs[0] as (typeof jobs)[0]) };
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await client.send(new PutJobFailureResultCommand({ jobId: jobs[0]?.id, failureDetails }));
  await client.send(new RetryStageExecutionCommand({ ...failed, retryMode: 'FAILED_ACTIONS' }));
  for (const job of [...jobs.slice(1), await pollOne(client)])
    await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  for (const id of ids) await waitForStatus(client, id, 'Succeeded');
});

test('a PARALLEL execution is approved with the token of the history, also after an update (behaviour C.14, C.2.4)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const id = await startStory(client, server.s3(), inMode('PARALLEL', asking));
  const token = await vi.waitFor(async () => {
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    const asked = actionExecutionDetails.find(({ actionName }) => actionName === 'Ask');
    expect(asked?.output?.executionResult?.externalExecutionId).toBe(asked?.actionExecutionId);
    expect(asked).toBeDefined();
    return asked?.actionExecutionId ?? '';
  }, patience);
  await client.send(new UpdatePipelineCommand({ pipeline: inMode('QUEUED') }));
  const answer = { pipelineName, stageName: 'Testing', actionName: 'Ask', token };
  const result = { status: 'Approved', summary: 'go' } as const;
  const wrong = client.send(new PutApprovalResultCommand({ ...answer, actionName: 'Nobody', result }));
  await expect(wrong).rejects.toMatchObject({ name: 'ActionNotFoundException' });
  await client.send(new PutApprovalResultCommand({ ...answer, result }));
  await waitForStatus(client, id, 'Succeeded');
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: id }),
  );
  expect(pipelineExecution).toMatchObject({ pipelineVersion: 1, executionMode: 'PARALLEL' });
  const newer = await startAgain(client);
  expect(executionOf(await pollOne(client))).toBe(newer);
  expect((await stages(client))[1]?.latestExecution).toMatchObject({ pipelineExecutionId: newer });
});

test('a disabled transition holds PARALLEL executions; all enter when it is enabled (behaviour C.4)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3(), inMode('PARALLEL'));
  await pollOne(client);
  await client.send(close);
  const ids = [await startAgain(client), await startAgain(client)];
  await vi.waitFor(async () => {
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    const sources = actionExecutionDetails.filter(({ actionName }) => actionName === 'Source');
    expect(sources.map(({ status }) => status)).toEqual(['Succeeded', 'Succeeded', 'Succeeded']);
  }, patience);
  expect((await stages(client))[1]).toMatchObject({
    inboundExecutions: [],
    inboundTransitionState: { enabled: false },
  });
  await client.send(open);
  const jobs = [await pollOne(client), await pollOne(client)];
  expect(jobs.map(executionOf).sort()).toEqual(ids.sort());
});

test('a transition enabled after 30 days admits only later executions (behaviour C.4)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3(), inMode('QUEUED'));
  const { id: jobId } = await pollOne(client);
  await client.send(close);
  await client.send(new PutJobSuccessResultCommand({ jobId }));
  const late = await startAgain(client);
  expect(await inbound(client, 1)).toEqual([late]);
  server.clock.advance(30 * 24 * 60 * 60_000);
  // Signed without the SDK, which would adjust its clock to the server's Date header.
  const call = async (operation: string, input: object) => {
    const { body } = await callRaw(server.url, operation, JSON.stringify(input), { at: server.clock.now() });
    return body === '' ? {} : (JSON.parse(body) as Record<string, unknown>);
  };
  await call('EnableStageTransition', { pipelineName, stageName: 'Testing', transitionType: 'Inbound' });
  const inboundExecutions = [{ pipelineExecutionId: late, status: 'InProgress' }];
  expect(await call('GetPipelineState', { name: pipelineName })).toMatchObject({
    stageStates: [{}, { inboundExecutions, inboundTransitionState: { enabled: true } }, {}],
  });
  const { pipelineExecutionId } = await call('StartPipelineExecution', { name: pipelineName });
  const readState = () => call('GetPipelineState', { name: pipelineName });
  await expect.poll(readState, { timeout: 10_000 }).toMatchObject({
    stageStates: [{}, { inboundExecutions, latestExecution: { pipelineExecutionId, status: 'InProgress' } }, {}],
  });
  const stopped = await call('StopPipelineExecution', { pipelineName, pipelineExecutionId: late });
  expect(stopped).toEqual({ pipelineExecutionId: late });
});

test.each(['QUEUED', 'PARALLEL'] as const)(
  '%s pipelines have a limit of running executions (behaviour B.6)',
  async (mode) => {
    const server = await serve({ quotaRunningExecutions: 2 });
    const client = server.codePipeline();
    await startStory(client, server.s3(), inMode(mode));
    await startAgain(client);
    const start = client.send(new StartPipelineExecutionCommand({ name: pipelineName }));
    await expect(start).rejects.toMatchObject({
      name: 'ConcurrentPipelineExecutionsLimitExceededException',
      message: `Pipeline '${pipelineName}' has reached the limit of 2 concurrent executions in ${mode} mode.`,
    });
    const job = await pollOne(client);
    await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
    await waitForStatus(client, executionOf(job) ?? '', 'Succeeded');
    await startAgain(client);
  },
);

test('a mode makes a pipeline V2, and a V1 pipeline cannot have one (behaviour B.4)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const { pipelineType: _, ...untyped } = inMode('QUEUED');
  const created = await client.send(new CreatePipelineCommand({ pipeline: { ...untyped, name: 'Untyped' } }));
  expect(created.pipeline).toMatchObject({ pipelineType: 'V2', executionMode: 'QUEUED' });
  const versionOne = { ...inMode('PARALLEL'), pipelineType: 'V1' as const };
  const refused = client.send(new UpdatePipelineCommand({ pipeline: versionOne }));
  await expect(refused).rejects.toMatchObject({
    name: 'InvalidStructureException',
    message: 'QUEUED or PARALLEL mode can only be used with V2 pipelines',
  });
});
