import {
  AcknowledgeJobCommand,
  GetPipelineStateCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { expect, test } from 'vitest';
import {
  pipelineName,
  pollOne,
  startStory,
  testAction,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { partnerAction, partnerType, registerPartner } from '../../support/pipelines/third-party.ts';
import { runMillrace } from '../../support/requests/command-line.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { account, type rootKey, serve, type TestServer } from '../../support/servers/server.ts';

const secret = 'hunter2-is-the-secret';

async function serveJob(): Promise<{ server: TestServer; jobId: string; executionId: string }> {
  const server = await serve();
  const client = server.codePipeline();
  const action = { ...testAction, configuration: { ...testAction.configuration, Token: secret } };
  const executionId = await startStory(client, server.s3(), threeStages(action));
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  return { server, jobId: job.id, executionId };
}

async function errorOf(server: TestServer, stage = 1) {
  const { stageStates } = await server.codePipeline().send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[stage]?.actionStates?.[0]?.latestExecution?.errorDetails;
}

test('millrace jobs fail ends the job of a lost worker; that worker’s later report is rejected', async () => {
  const { server, jobId, executionId } = await serveJob();
  const data = ['--data', server.folder];
  const options = ['--message', `lost with ${secret}`, '--type', 'SystemUnavailable'];
  const { code, printed } = await runMillrace('jobs', 'fail', jobId, ...options, ...data);
  expect({ code, printed }).toEqual({ code: 0, printed: [`Job ${jobId} has failed.`] });
  await waitForStatus(server.codePipeline(), executionId, 'Failed');
  expect(await errorOf(server)).toEqual({ code: 'SystemUnavailable', message: 'lost with ***' });
  const late = server.codePipeline().send(new PutJobSuccessResultCommand({ jobId }));
  await expect(late).rejects.toMatchObject({ name: 'InvalidJobStateException' });
  // An identical repeat is accepted; another reason is too late.
  expect((await runMillrace('jobs', 'fail', jobId, ...options, ...data)).code).toBe(0);
  const again = await runMillrace('jobs', 'fail', jobId, ...data);
  expect(again).toMatchObject({ code: 1, complained: [expect.stringContaining('InvalidJobStateException')] });
  const story = await runMillrace('jobs', jobId, ...data);
  expect(story.printed.join('\n')).toMatch(/Failed.*root/);
});

test.each([
  ['custom', testAction, 'Test/Custom/JenkinsProviderName/1'],
  ["partner's", partnerAction, partnerType],
])('a queued %s job fails with the caller’s name as the reason', async (_kind, action, actionType) => {
  const server = await serve();
  await registerPartner(server.url);
  const executionId = await startStory(server.codePipeline(), server.s3(), threeStages(action));
  const waiting = async () =>
    (await callOwn<{ jobs: { jobId: string }[] }>(server.url, 'ListJobs', { pipelineName, actionType })).answer.jobs;
  await expect.poll(waiting).toHaveLength(1);
  const [job] = await waiting();
  const operator = await createKey(server.url, 'operator', ['millrace:FailJob']);
  expect((await callOwn(server.url, 'FailJob', { jobId: job?.jobId }, operator)).status).toBe(200);
  await waitForStatus(server.codePipeline(), executionId, 'Failed');
  const by = `arn:aws:iam::${account}:user/operator`;
  expect(await errorOf(server)).toEqual({ code: 'JobFailed', message: `Failed by ${by}, not by its worker.` });
  expect(await waiting()).toEqual([]);
});

test('the call is authorized by the job’s type, and rejected for unknown jobs, types and long reasons', async () => {
  const { server, jobId } = await serveJob();
  const other = `arn:aws:codepipeline:*:*:actionType:Custom/Test/Other/1`;
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 'millrace:*', Resource: other }] };
  const input = { name: 'robot', policies: [JSON.stringify(policy)] };
  const robot = (await callOwn<typeof rootKey>(server.url, 'CreateAccessKey', input)).answer;
  const refusals = [
    [await callOwn(server.url, 'FailJob', { jobId }, robot), 'AccessDeniedException'],
    [await callOwn(server.url, 'FailJob', { jobId: 'nope' }), 'JobNotFoundException'],
    [await callOwn(server.url, 'FailJob', { jobId, type: 'Nope' }), 'ValidationException'],
    [await callOwn(server.url, 'FailJob', { jobId, message: 'x'.repeat(5001) }), 'ValidationException'],
  ] as const;
  for (const [{ status, answer }, code] of refusals) expect([status, answer]).toMatchObject([400, { __type: code }]);
});
