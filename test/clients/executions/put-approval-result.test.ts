import {
  type CodePipelineClient,
  CreatePipelineCommand,
  ListActionExecutionsCommand,
  RetryStageExecutionCommand,
  StopPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import { otherVersion, pipelineName, waitForStatus } from '../../support/pipelines/scenario.ts';
import { askState, beginApproval, pipelineAsking } from '../../support/pipelines/waiting-approval.ts';
import { account } from '../../support/servers/server.ts';

const root = `arn:aws:iam::${account}:root`;
const unknown = '00000000-0000-4000-8000-000000000000';

async function askHistory(client: CodePipelineClient) {
  const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  return actionExecutionDetails.find(({ actionName }) => actionName === 'Ask');
}

test('approved: the token is shown only while it is pending, and the pipeline continues to its end', async () => {
  const { client, executionId, token, answer } = await beginApproval();
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
  const { client, executionId, token, answer } = await beginApproval();
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
  const { answer } = await beginApproval({ configuration: { IsSummaryRequired: 'true' } });
  await expect(answer({ result: { status: 'Approved', summary: '' } })).rejects.toMatchObject({
    name: 'InvalidApprovalTokenException',
    message:
      "Action 'Ask' in stage 'Testing' requires a summary. Provide a summary in the approval result and try again.",
  });
  await answer();
});

test('rejects missing pipelines, stages and actions, and foreign tokens', async () => {
  const { client, answer } = await beginApproval();
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
  const { server, client, executionId, answer } = await beginApproval({ timeoutInMinutes: 5 });
  server.clock.advance(5 * 60_000 + 1);
  await waitForStatus(client, executionId, 'Failed');
  expect(await askState(client)).toMatchObject({
    status: 'Failed',
    errorDetails: { code: 'ApprovalTimedOut', message: expect.any(String) },
  });
  await expect(answer()).rejects.toMatchObject({ name: 'InvalidApprovalTokenException' });
});

test('it can still be answered after stop and wait, but not after stop and abandon', async () => {
  const { client, executionId, answer } = await beginApproval();
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
  const { client, executionId, answer } = await beginApproval();
  await client.send(new UpdatePipelineCommand({ pipeline: otherVersion(pipelineAsking()) }));
  await waitForStatus(client, executionId, 'Cancelled');
  expect(await askState(client)).toMatchObject({
    status: 'Failed',
    errorDetails: { message: 'The approval action has been canceled.' },
  });
  await expect(answer()).rejects.toMatchObject({ name: 'InvalidApprovalTokenException' });
});

test('an approval with a NotificationArn that no event target has is pending, and the log says so once', async () => {
  const NotificationArn = `arn:aws:sns:us-east-1:${account}:ask`;
  const { client, executionId, answer, lines } = await beginApproval({ configuration: { NotificationArn } });
  expect(await askState(client)).toMatchObject({ status: 'InProgress' });
  const logged = () => lines.filter(({ msg }) => String(msg).includes('no event target has its NotificationArn'));
  await expect
    .poll(logged)
    .toMatchObject([{ pipeline: pipelineName, stage: 'Testing', action: 'Ask', topic: NotificationArn }]);
  await answer({ result: { status: 'Rejected', summary: '' } });
  await client.send(
    new RetryStageExecutionCommand({
      pipelineName,
      stageName: 'Testing',
      pipelineExecutionId: executionId,
      retryMode: 'FAILED_ACTIONS',
    }),
  );
  await expect.poll(async () => (await askState(client))?.status).toBe('InProgress');
  await answer({ token: (await askState(client))?.token });
  await waitForStatus(client, executionId, 'Succeeded');
  expect(logged()).toHaveLength(1);
});

test('only manual approvals may have a timeout', async () => {
  const { client } = await beginApproval();
  const { stages, ...members } = pipelineAsking();
  const [source, testing, release] = stages;
  if (!source || !testing || !release) throw new Error('no stages');
  const hurried = { ...release, actions: release.actions.map((one) => ({ ...one, timeoutInMinutes: 5 })) };
  const pipeline = { ...members, name: 'Hurried', stages: [source, testing, hurried] };
  await expect(client.send(new CreatePipelineCommand({ pipeline }))).rejects.toMatchObject({
    name: 'InvalidActionDeclarationException',
  });
});
