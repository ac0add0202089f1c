import {
  AcknowledgeThirdPartyJobCommand,
  type ActionTypeId,
  type CodePipelineClient,
  GetPipelineCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PollForThirdPartyJobsCommand,
  PutThirdPartyJobFailureResultCommand,
  PutThirdPartyJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  jenkinsType,
  pipelineName,
  pollOne,
  startStory,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import {
  callOwn,
  createPartnerClient,
  detailsOf,
  partnerAction,
  partnerType,
  partnerTypeId,
  pollOnePartner,
  pollPartner,
  registerPartner,
} from '../../support/pipelines/third-party.ts';
import { callRaw } from '../../support/requests/signed-request.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

const gitHub: ActionTypeId = { category: 'Source', owner: 'ThirdParty', provider: 'GitHub', version: '1' };
const failureDetails = { type: 'JobFailed', message: 'two tests are red' } as const;

/** Starts a pipeline with a partner's test action until its job is queued; returns a client of the account. */
async function servePartner() {
  const server = await serve();
  const client = server.codePipeline();
  await registerPartner(server.url);
  const executionId = await startStory(client, server.s3(), threeStages(partnerAction));
  const partner = await createPartnerClient(server.url);
  return { server, client, executionId, partner };
}

async function readTestAction(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[1]?.actionStates?.[0];
}

test('a partner’s worker does a job from poll to the end of the execution (behaviour A.9)', async () => {
  const { server, client, executionId, partner } = await servePartner();
  const { clientId, jobId } = await pollOnePartner(client);
  expect(clientId).toBe(partner.clientId);
  const { clientToken } = partner;
  const { id, nonce, data } = await detailsOf(client, { jobId, clientToken });
  expect(id).toBe(jobId);
  expect(data).toMatchObject({
    actionTypeId: partnerTypeId,
    actionConfiguration: { configuration: { Suite: 'smoke', ApiKey: 'acme-key' } },
    inputArtifacts: [{ name: 'MyAppBuild', location: { type: 'S3' } }],
    outputArtifacts: [{ name: 'TestReport' }],
  });
  expect(data.continuationToken).toBeUndefined();
  expect(data.pipelineContext).toEqual({
    pipelineName,
    stage: { name: 'Testing' },
    action: { name: 'AcmeTests', actionExecutionId: expect.any(String) },
  });
  const worker = server.s3(data.artifactCredentials as Keys);
  const input = data.inputArtifacts?.[0]?.location?.s3Location;
  const got = await worker.send(new GetObjectCommand({ Bucket: input?.bucketName, Key: input?.objectKey }));
  expect(await got.Body?.transformToString()).toBe('the source');
  const output = data.outputArtifacts?.[0]?.location?.s3Location;
  await worker.send(new PutObjectCommand({ Bucket: output?.bucketName, Key: output?.objectKey, Body: 'all green' }));
  const acknowledged = await client.send(new AcknowledgeThirdPartyJobCommand({ jobId, nonce, clientToken }));
  expect(acknowledged.status).toBe('InProgress');
  const executionDetails = { summary: 'Finished', externalExecutionId: '77', percentComplete: 100 };
  await client.send(new PutThirdPartyJobSuccessResultCommand({ jobId, clientToken, executionDetails }));
  await waitForStatus(client, executionId, 'Succeeded');
  expect(await readTestAction(client)).toMatchObject({
    entityUrl: 'https://acme.example/smoke',
    latestExecution: {
      status: 'Succeeded',
      externalExecutionUrl: 'https://acme.example/smoke/77',
      ...executionDetails,
    },
  });
  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  const details = actionExecutionDetails?.find(({ actionName }) => actionName === 'AcmeTests');
  expect(details?.output?.executionResult).toMatchObject({
    externalExecutionId: '77',
    externalExecutionUrl: 'https://acme.example/smoke/77',
  });
});

test('a property with noEcho is masked everywhere except in the job (behaviour A.12)', async () => {
  const { client } = await servePartner();
  const { pipeline } = await client.send(new GetPipelineCommand({ name: pipelineName }));
  expect(pipeline?.stages?.[1]?.actions?.[0]?.configuration).toEqual({ Suite: 'smoke', ApiKey: '****' });
});

test('a failure is the action’s error; an identical repeat is accepted, the opposite rejected (behaviour A.6, A.7)', async () => {
  const { client, executionId, partner } = await servePartner();
  const { jobId } = await pollOnePartner(client);
  const { clientToken } = partner;
  const fail = () => client.send(new PutThirdPartyJobFailureResultCommand({ jobId, clientToken, failureDetails }));
  await fail();
  await fail();
  await waitForStatus(client, executionId, 'Failed');
  expect((await readTestAction(client))?.latestExecution?.errorDetails).toEqual({
    code: 'JobFailed',
    message: 'two tests are red',
  });
  await expect(client.send(new PutThirdPartyJobSuccessResultCommand({ jobId, clientToken }))).rejects.toMatchObject({
    name: 'InvalidJobStateException',
    message: `Job with id ${jobId} has already terminated`,
  });
});

test('only one of two workers with the same job can acknowledge it (decision 1, 3)', async () => {
  const { server, client, partner } = await servePartner();
  const { jobId } = await pollOnePartner(client);
  const { clientToken } = partner;
  expect(await pollPartner(client)).toEqual([]);
  server.clock.advance(31_000);
  expect(await pollPartner(client)).toEqual([{ clientId: partner.clientId, jobId }]);
  const first = await detailsOf(client, { jobId, clientToken });
  const second = await detailsOf(client, { jobId, clientToken });
  const acknowledge = (nonce: string) =>
    client.send(new AcknowledgeThirdPartyJobCommand({ jobId, nonce, clientToken }));
  const answers = await Promise.allSettled([acknowledge(first.nonce), acknowledge(second.nonce)]);
  const winner = answers[0]?.status === 'fulfilled' ? first : second;
  const loser = winner === first ? second : first;
  expect(answers.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  expect((await acknowledge(winner.nonce)).status).toBe('InProgress');
  // Details after the acknowledgement renew the credentials; their nonce acknowledges nothing.
  const renewed = await detailsOf(client, { jobId, clientToken });
  for (const nonce of [loser.nonce, renewed.nonce, 'guessed']) {
    await expect(acknowledge(nonce)).rejects.toMatchObject({ name: 'InvalidNonceException' });
  }
  server.clock.advance(31_000);
  expect(await pollPartner(client)).toEqual([]);
});

test('a continuation token ends the job; the action’s next job has it (behaviour A.6)', async () => {
  const { server, client, partner } = await servePartner();
  const { jobId } = await pollOnePartner(client);
  const { clientToken } = partner;
  const { nonce, data } = await detailsOf(client, { jobId, clientToken });
  await client.send(new AcknowledgeThirdPartyJobCommand({ jobId, nonce, clientToken }));
  const executionDetails = { externalExecutionId: '77', percentComplete: 50 };
  await client.send(
    new PutThirdPartyJobSuccessResultCommand({ jobId, clientToken, continuationToken: 'half', executionDetails }),
  );
  expect(await pollPartner(client)).toEqual([]);
  server.clock.advance(1000);
  const next = await pollOnePartner(client);
  expect(next.jobId).not.toBe(jobId);
  const details = await detailsOf(client, { jobId: next.jobId, clientToken });
  expect(details.data).toMatchObject({
    continuationToken: 'half',
    pipelineContext: data.pipelineContext,
    outputArtifacts: data.outputArtifacts,
  });
  expect((await readTestAction(client))?.latestExecution).toMatchObject({ status: 'InProgress', ...executionDetails });
});

test('jobTimeout applies to each job: a continuation restarts it, and its end fails the action (behaviour A.8)', async () => {
  const { server, client, partner } = await servePartner();
  const { clientToken } = partner;
  const { jobId } = await pollOnePartner(client);
  // Signed without the SDK from here on, which would adjust its clock to the server's Date header.
  const call = async (operation: string, input: object) => {
    const { body } = await callRaw(server.url, operation, JSON.stringify(input), { at: server.clock.now() });
    return body === '' ? undefined : JSON.parse(body);
  };
  server.clock.advance(9 * 60_000);
  expect(await call('PutThirdPartyJobSuccessResult', { jobId, clientToken, continuationToken: 'on' })).toBeUndefined();
  server.clock.advance(9 * 60_000);
  const poll = () => call('PollForThirdPartyJobs', { actionTypeId: partnerTypeId });
  await expect.poll(poll, { timeout: 10_000 }).toMatchObject({ jobs: [{ clientId: partner.clientId }] });
  server.clock.advance(2 * 60_000);
  const state = () => call('GetPipelineState', { name: pipelineName });
  await expect.poll(state, { timeout: 10_000 }).toMatchObject({
    stageStates: [{}, { actionStates: [{ latestExecution: { errorDetails: { code: 'JobTimedOut' } } }] }, {}],
  });
});

test('only tokens of the account’s clients give access to its jobs, both a new client’s and its predecessor’s', async () => {
  const { server, client, partner } = await servePartner();
  const { jobId } = await pollOnePartner(client);
  const other = await createPartnerClient(server.url, '210987654321');
  for (const clientToken of ['guessed', other.clientToken]) {
    for (const answer of [
      detailsOf(client, { jobId, clientToken }),
      client.send(new AcknowledgeThirdPartyJobCommand({ jobId, nonce: '3', clientToken })),
      client.send(new PutThirdPartyJobSuccessResultCommand({ jobId, clientToken })),
      client.send(new PutThirdPartyJobFailureResultCommand({ jobId, clientToken, failureDetails })),
    ]) {
      await expect(answer).rejects.toMatchObject({ name: 'InvalidClientTokenException' });
    }
  }
  const successor = await createPartnerClient(server.url);
  for (const { clientToken } of [partner, successor]) await detailsOf(client, { jobId, clientToken });
  server.clock.advance(31_000);
  expect(await pollPartner(client)).toEqual([{ clientId: successor.clientId, jobId }]);
  await callOwn(server.url, 'DeleteThirdPartyClient', { actionType: partnerType, clientId: partner.clientId });
  await expect(detailsOf(client, { jobId, clientToken: partner.clientToken })).rejects.toMatchObject({
    name: 'InvalidClientTokenException',
  });
  await callOwn(server.url, 'DeleteThirdPartyClient', { actionType: partnerType, clientId: successor.clientId });
  server.clock.advance(31_000);
  expect(await pollPartner(client)).toEqual([]);
  const third = await createPartnerClient(server.url);
  expect(await pollPartner(client)).toEqual([{ clientId: third.clientId, jobId }]);
});

test('after the type is deregistered, claimed jobs can be reported, but no others are offered', async () => {
  const { server, client, executionId, partner } = await servePartner();
  const { jobId } = await pollOnePartner(client);
  await callOwn(server.url, 'DeregisterActionType', { actionType: partnerType });
  await expect(pollPartner(client)).rejects.toMatchObject({ name: 'ActionTypeNotFoundException' });
  const { clientToken } = partner;
  await client.send(new PutThirdPartyJobFailureResultCommand({ jobId, clientToken, failureDetails }));
  await waitForStatus(client, executionId, 'Failed');
});

test('PollForThirdPartyJobs: a partner’s built-in type has no jobs; others are rejected (behaviour A.9)', async () => {
  const client = (await serve()).codePipeline();
  const poll = (actionTypeId: ActionTypeId) => client.send(new PollForThirdPartyJobsCommand({ actionTypeId }));
  expect((await poll(gitHub)).jobs).toEqual([]);
  await expect(poll({ ...gitHub, provider: 'Nobody' })).rejects.toMatchObject({
    name: 'ActionTypeNotFoundException',
    message: expect.stringContaining("Provider: 'Nobody', Version: '1') is not available"),
  });
  for (const owner of ['AWS', 'Custom'] as const) {
    await expect(poll({ ...gitHub, owner })).rejects.toMatchObject({
      name: 'ValidationException',
      message: `ActionType with owner '${owner}' is not supported`,
    });
  }
});

test('a job of a custom action is not found, nor is an unknown id', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const { id, nonce, data } = await pollOne(client);
  expect(data.actionTypeId).toEqual(jenkinsType);
  const clientToken = 'token';
  for (const jobId of [id, 'free text, 512 characters of it']) {
    const notFound = { name: 'JobNotFoundException', message: `Job with id '${jobId}' does not exist` };
    for (const answer of [
      client.send(new AcknowledgeThirdPartyJobCommand({ jobId, nonce, clientToken })),
      client.send(new PutThirdPartyJobSuccessResultCommand({ jobId, clientToken })),
      client.send(new PutThirdPartyJobFailureResultCommand({ jobId, clientToken, failureDetails })),
    ]) {
      await expect(answer).rejects.toMatchObject(notFound);
    }
    await expect(detailsOf(client, { jobId, clientToken })).rejects.toMatchObject(
      jobId === id ? notFound : { name: 'InvalidJobException', message: `'${jobId}' is not the id of a job.` },
    );
  }
});
