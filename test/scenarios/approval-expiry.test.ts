import {
  type ActionDeclaration,
  type CodePipelineClient,
  GetPipelineStateCommand,
  PutApprovalResultCommand,
  RetryStageExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test, vi } from 'vitest';
import { dayMs, minuteMs } from '../support/engine/test-clock.ts';
import {
  deployAction,
  pipelineName,
  startAgain,
  startStory,
  threeStages,
  waitForInbound,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { serve } from '../support/servers/server.ts';

function approval(name: string, members: Partial<ActionDeclaration> = {}): ActionDeclaration {
  const actionTypeId = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  return { name, actionTypeId, ...members };
}

/** Starts a server whose pipeline waits for these approvals, all with one run order, before it deploys. */
async function setUp(...approvals: ActionDeclaration[]) {
  const server = await serve();
  const client = server.codePipeline();
  const pipeline = threeStages(undefined, { ...deployAction, inputArtifacts: [{ name: 'MyAppBuild' }] });
  pipeline.stages[1] = { name: 'Testing', actions: approvals };
  const executionId = await startStory(client, server.s3(), pipeline);
  const tokens = await vi.waitFor(async () => {
    const shown = (await states(client)).map((state) => state?.token ?? '');
    expect(shown).not.toContain('');
    return shown;
  });
  return { server, client, executionId, tokens };
}

async function states(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return (stageStates?.[1]?.actionStates ?? []).map(({ latestExecution }) => latestExecution);
}

function waitForStates(client: CodePipelineClient, expected: string[]): Promise<void> {
  return vi.waitFor(async () => expect((await states(client)).map((state) => state?.status)).toEqual(expected));
}

function approve(client: CodePipelineClient, actionName: string, token = '', summary = '') {
  const result = { status: 'Approved', summary } as const;
  return client.send(new PutApprovalResultCommand({ pipelineName, stageName: 'Testing', actionName, token, result }));
}

test('an approval fails after seven days or the time-out of its action (behaviour A.8, C.14)', async () => {
  const { server, client, executionId, tokens } = await setUp(
    approval('FiveMinutes', { timeoutInMinutes: 5 }),
    approval('MinuteLess', { timeoutInMinutes: 7 * 24 * 60 - 1 }),
    approval('AWeek'),
    approval('SixtyDays', { timeoutInMinutes: 86_400 }),
  );
  server.clock.advance(5 * minuteMs);
  await waitForStates(client, ['Failed', 'InProgress', 'InProgress', 'InProgress']);
  server.clock.advance(7 * dayMs - 6 * minuteMs);
  await waitForStates(client, ['Failed', 'Failed', 'InProgress', 'InProgress']);
  expect((await states(client))[2]?.token).toBe(tokens[2]);
  server.clock.advance(minuteMs);
  await waitForStates(client, ['Failed', 'Failed', 'Failed', 'InProgress']);
  expect((await states(client))[2]).toMatchObject({ errorDetails: { code: 'ApprovalTimedOut' } });
  expect((await states(client))[2]?.token).toBeUndefined();
  await expect(approve(client, 'AWeek', tokens[2])).rejects.toMatchObject({ name: 'InvalidApprovalTokenException' });
  await waitForStatus(client, executionId, 'InProgress');
  server.clock.advance(53 * dayMs);
  await waitForStatus(client, executionId, 'Failed');
});

test('a waiting approval locks its stage, and the next execution enters when it expires', async () => {
  const { server, client, executionId, tokens } = await setUp(approval('Ask'));
  const next = await startAgain(client);
  await waitForInbound(client, next);
  server.clock.advance(7 * dayMs);
  await waitForStatus(client, executionId, 'Failed');
  const [asked] = await states(client);
  expect(asked?.token).not.toBe(tokens[0]);
  server.clock.advance(6 * dayMs);
  await approve(client, 'Ask', asked?.token);
  await waitForStatus(client, next, 'Succeeded');
});

test('a retried approval has a new token and another seven days', async () => {
  const { server, client, executionId, tokens } = await setUp(approval('Ask'));
  server.clock.advance(7 * dayMs);
  await waitForStatus(client, executionId, 'Failed');
  const stageName = 'Testing';
  const retryMode = 'FAILED_ACTIONS';
  await client.send(
    new RetryStageExecutionCommand({ pipelineName, stageName, pipelineExecutionId: executionId, retryMode }),
  );
  const [asked] = await states(client);
  expect(asked?.token).not.toBe(tokens[0]);
  server.clock.advance(7 * dayMs - minuteMs);
  await approve(client, 'Ask', asked?.token);
  await waitForStatus(client, executionId, 'Succeeded');
});

test('a blank summary does not count as the required one, and the approval keeps waiting (behaviour C.14)', async () => {
  const { server, client, executionId, tokens } = await setUp(
    approval('Ask', { configuration: { IsSummaryRequired: 'true' } }),
  );
  server.clock.advance(6 * dayMs);
  await expect(approve(client, 'Ask', tokens[0], ' \t ')).rejects.toMatchObject({
    name: 'InvalidApprovalTokenException',
    message:
      "Action 'Ask' in stage 'Testing' requires a summary. Provide a summary in the approval result and try again.",
  });
  await approve(client, 'Ask', tokens[0], 'after six days');
  await waitForStatus(client, executionId, 'Succeeded');
  expect((await states(client))[0]).toMatchObject({ summary: 'after six days' });
});
