import {
  type ActionDeclaration,
  type CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PutApprovalResultCommand,
  type PutApprovalResultCommandInput,
  RetryStageExecutionCommand,
  StopPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import {
  deployAction,
  otherVersion,
  pipelineName,
  startStory,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { account, serve } from '../../support/servers/server.ts';

const root = `arn:aws:iam::${account}:root`;
const unknown = '00000000-0000-4000-8000-000000000000';

function asking(members: Partial<ActionDeclaration> = {}): ActionDeclaration {
  const actionTypeId = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  return { name: 'Ask', actionTypeId, configuration: { CustomData: 'Ship it?' }, ...members };
}

/** Returns a pipeline with source, approval and deployment of the source's output. */
function pipelineAsking(members: Partial<ActionDeclaration> = {}) {
  return threeStages(asking(members), { ...deployAction, inputArtifacts: [{ name: 'MyAppBuild' }] });
}

async function askState(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[1]?.actionStates?.[0]?.latestExecution;
}

/** Starts a server whose pipeline waits for the approval `Ask`; returns its token. */
async function begin(members: Partial<ActionDeclaration> = {}) {
  const lines: Record<string, unknown>[] = [];
  const server = await serve({}, { onLog: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3(), pipelineAsking(members));
  const token = await vi.waitFor(async () => {
    const shown = (await askState(client))?.token;
    expect(shown).toBeDefined();
    return shown ?? '';
  });
  const answer = (input: Partial<PutApprovalResultCommandInput> = {}) =>
    client.send(
      new PutApprovalResultCommand({
        pipelineName,
        stageName: 'Testing',
        actionName: 'Ask',
        token,
        result: { status: 'Approved', summary: 'looks good' },
        ...input,
      }),
    );
  return { server, client, executionId, token, answer, lines };
}

async function askHistory(client: CodePipelineClient) {
  const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  return actionExecutionDetails.find(({ actionName }) => actionName === 'Ask');
}

test('approved: the token is shown only while it is pending, and the pipeline continues to its end', async () => {
  const { client, executionId, token, answer } = await begin();
  expect(await askState(client)).toEqual({
    actionExecutionId: token,
    status: 'InProgress',
    token,
    lastStatusChange: expect.any(Date),
  });
  expect(await askHistory(client)).toMatchObject({
    actionExecutionId: token,
    status: 'InProgress',
    output: { executionResult: { externalExecutionId: token } },
  });
  expect(await answer()).toMatchObject({ approvedAt: expect.any(Date) });
  expect(await askState(client)).toEqual({
    actionExecutionId: token,
    status: 'Succeeded',
    summary: 'looks good',
    lastUpdatedBy: root,
    lastStatusChange: expect.any(Date),
  });
  expect(await askHistory(client)).toMatchObject({
    status: 'Succeeded',
    updatedBy: root,
    output: { executionResult: { externalExecutionId: token, externalExecutionSummary: 'looks good' } },
  });
  await waitForStatus(client, executionId, 'Succeeded');
  await expect(answer()).rejects.toMatchObject({ name: 'ApprovalAlreadyCompletedException' });
});

test('rejected: the execution fails without an error; a retry asks for approval again', async () => {
  const { client, executionId, token, answer } = await begin();
  expect(await answer({ result: { status: 'Rejected', summary: '' } })).toMatchObject({ approvedAt: expect.any(Date) });
  await waitForStatus(client, executionId, 'Failed');
  const state = await askState(client);
  expect(state).toMatchObject({ status: 'Failed', summary: `Rejected by ${root}`, lastUpdatedBy: root });
  expect(state?.errorDetails).toBeUndefined();
  await client.send(
    new RetryStageExecutionCommand({
      pipelineName,
      stageName: 'Testing',
      pipelineExecutionId: executionId,
      retryMode: 'FAILED_ACTIONS',
    }),
  );
  const again = (await askState(client))?.token;
  expect(again).not.toBe(token);
  await answer({ token: again, result: { status: 'Approved', summary: '' } });
  expect(await askState(client)).toMatchObject({ summary: `Approved by ${root}` });
});

test('a required summary that is missing is an InvalidApprovalTokenException', async () => {
  const { answer } = await begin({ configuration: { IsSummaryRequired: 'true' } });
  await expect(answer({ result: { status: 'Approved', summary: '' } })).rejects.toMatchObject({
    name: 'InvalidApprovalTokenException',
    message:
      "Action 'Ask' in stage 'Testing' requires a summary. Provide a summary in the approval result and try again.",
  });
  await answer();
});

test('rejects missing pipelines, stages and actions, and foreign tokens', async () => {
  const { client, answer } = await begin();
  await expect(answer({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(answer({ stageName: 'Nowhere' })).rejects.toMatchObject({ name: 'StageNotFoundException' });
  await expect(answer({ actionName: 'Nothing' })).rejects.toMatchObject({ name: 'ActionNotFoundException' });
  const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  const source = actionExecutionDetails.find(({ actionName }) => actionName === 'Source')?.actionExecutionId;
  for (const token of [unknown, source]) {
    await expect(answer({ token })).rejects.toMatchObject({ name: 'InvalidApprovalTokenException' });
  }
  await expect(answer({ token: 'nope' })).rejects.toMatchObject({ name: 'ValidationException' });
});

test('an unanswered approval fails when its timeout ends', async () => {
  const { server, client, executionId, answer } = await begin({ timeoutInMinutes: 5 });
  server.clock.advance(5 * 60_000 + 1);
  await waitForStatus(client, executionId, 'Failed');
  expect(await askState(client)).toMatchObject({
    status: 'Failed',
    errorDetails: { code: 'ApprovalTimedOut', message: expect.any(String) },
  });
  await expect(answer()).rejects.toMatchObject({ name: 'InvalidApprovalTokenException' });
});

test('it can still be answered after stop and wait, but not after stop and abandon', async () => {
  const { client, executionId, answer } = await begin();
  const stop = (abandon: boolean) =>
    client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId: executionId, abandon }));
  await stop(false);
  expect((await askState(client))?.token).toBeDefined();
  await stop(true);
  expect(await askState(client)).toMatchObject({ status: 'Abandoned' });
  expect((await askState(client))?.token).toBeUndefined();
  await expect(answer()).rejects.toMatchObject({ name: 'InvalidApprovalTokenException' });
});

test('an update of the pipeline cancels it', async () => {
  const { client, executionId, answer } = await begin();
  await client.send(new UpdatePipelineCommand({ pipeline: otherVersion(pipelineAsking()) }));
  await waitForStatus(client, executionId, 'Cancelled');
  expect(await askState(client)).toMatchObject({
    status: 'Failed',
    errorDetails: { message: 'The approval action has been canceled.' },
  });
  await expect(answer()).rejects.toMatchObject({ name: 'InvalidApprovalTokenException' });
});

test('an approval with a NotificationArn is pending, and summary and log say that no notification was sent', async () => {
  const NotificationArn = `arn:aws:sns:us-east-1:${account}:ask`;
  const { client, executionId, answer, lines } = await begin({ configuration: { NotificationArn } });
  expect(await askState(client)).toMatchObject({
    status: 'InProgress',
    summary: expect.stringContaining(`cannot publish to the Amazon SNS topic '${NotificationArn}'`),
  });
  const logged = lines.filter(({ msg }) => String(msg).includes('no notification was sent'));
  expect(logged).toMatchObject([{ pipeline: pipelineName, stage: 'Testing', action: 'Ask', topic: NotificationArn }]);
  await answer();
  await waitForStatus(client, executionId, 'Succeeded');
});

test('only manual approvals may have a timeout', async () => {
  const { client } = await begin();
  const { stages, ...members } = pipelineAsking();
  const [source, testing, release] = stages;
  if (!source || !testing || !release) throw new Error('no stages');
  const hurried = { ...release, actions: release.actions.map((one) => ({ ...one, timeoutInMinutes: 5 })) };
  const pipeline = { ...members, name: 'Hurried', stages: [source, testing, hurried] };
  await expect(client.send(new CreatePipelineCommand({ pipeline }))).rejects.toMatchObject({
    name: 'InvalidActionDeclarationException',
  });
});
