import {
  AcknowledgeJobCommand,
  CreatePipelineCommand,
  DeletePipelineCommand,
  DisableStageTransitionCommand,
  GetJobDetailsCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PollForJobsCommand,
  PutApprovalResultCommand,
  PutJobFailureResultCommand,
  PutJobSuccessResultCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import {
  deployAction,
  pipelineName,
  poll,
  pollOne,
  startAgain,
  startStory,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

const deleted = new DeletePipelineCommand({ name: pipelineName });

test('the worker of its job may still call, and its result is rejected', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(deleted);
  expect(await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }))).toMatchObject({
    status: 'Failed',
  });
  const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
  const worker = server.s3(jobDetails?.data?.artifactCredentials as Keys);
  const place = (artifact: typeof job.data.inputArtifacts) => {
    const { bucketName: Bucket, objectKey: Key } = artifact?.[0]?.location?.s3Location ?? {};
    return { Bucket, Key };
  };
  await worker.send(new GetObjectCommand(place(job.data.inputArtifacts)));
  await expect(
    worker.send(new PutObjectCommand({ ...place(job.data.outputArtifacts), Body: 'late' })),
  ).rejects.toMatchObject({ name: 'AccessDenied' });
  const refused = { name: 'InvalidJobStateException' };
  const failureDetails = { type: 'JobFailed', message: 'no' } as const;
  await expect(client.send(new PutJobSuccessResultCommand({ jobId: job.id }))).rejects.toMatchObject(refused);
  await expect(client.send(new PutJobFailureResultCommand({ jobId: job.id, failureDetails }))).rejects.toMatchObject(
    refused,
  );
});

test('a held poll gets no job of it, not even one whose lease ends meanwhile', async () => {
  const server = await serve({ pollWaitSeconds: 2 });
  const client = server.codePipeline();
  await startStory(client, server.s3());
  await pollOne(client);
  const held = client.send(new PollForJobsCommand(poll));
  await client.send(deleted);
  server.clock.advance(31_000);
  expect((await held).jobs).toEqual([]);
});

test('its approval can no longer be answered, not even through a new pipeline of the same name', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const actionTypeId = { category: 'Approval', owner: 'AWS', provider: 'Manual', version: '1' } as const;
  const pipeline = threeStages(
    { name: 'Ask', actionTypeId },
    { ...deployAction, inputArtifacts: [{ name: 'MyAppBuild' }] },
  );
  await startStory(client, server.s3(), pipeline);
  const asked = () =>
    vi.waitFor(async () => {
      const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
      const token = stageStates?.[1]?.actionStates?.[0]?.latestExecution?.token;
      expect(token).toBeDefined();
      return token;
    });
  const token = await asked();
  const result = { status: 'Approved', summary: 'go' } as const;
  const answer = { pipelineName, stageName: 'Testing', actionName: 'Ask', result };
  await client.send(deleted);
  await expect(client.send(new PutApprovalResultCommand({ ...answer, token }))).rejects.toMatchObject({
    name: 'PipelineNotFoundException',
  });
  await client.send(new CreatePipelineCommand({ pipeline }));
  const fresh = await asked();
  await expect(client.send(new PutApprovalResultCommand({ ...answer, token }))).rejects.toMatchObject({
    name: 'InvalidApprovalTokenException',
  });
  await client.send(new PutApprovalResultCommand({ ...answer, token: fresh }));
});

test('a new pipeline of the same name starts clean: no history, enabled transitions, free stages, no old tokens', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const first = await startStory(client, server.s3());
  await pollOne(client);
  const once = { name: pipelineName, clientRequestToken: 'once' };
  const second = await client.send(new StartPipelineExecutionCommand(once));
  await startAgain(client);
  const closed = { pipelineName, stageName: 'Release', transitionType: 'Inbound', reason: 'closed' } as const;
  await client.send(new DisableStageTransitionCommand(closed));
  const page = { pipelineName, maxResults: 1 };
  const { nextToken } = await client.send(new ListPipelineExecutionsCommand(page));
  expect(nextToken).toBeDefined();
  await client.send(deleted);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));

  const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries).toHaveLength(1);
  const id = pipelineExecutionSummaries[0]?.pipelineExecutionId ?? '';
  await expect(client.send(new ListPipelineExecutionsCommand({ ...page, nextToken }))).rejects.toMatchObject({
    name: 'InvalidNextTokenException',
  });
  const job = await pollOne(client);
  expect(job.data.pipelineContext?.pipelineExecutionId).toBe(id);
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates.map(({ inboundTransitionState }) => inboundTransitionState?.enabled)).toEqual([true, true, true]);
  expect(stageStates.map(({ latestExecution }) => latestExecution?.pipelineExecutionId)).toEqual([id, id, undefined]);
  const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(new Set(actionExecutionDetails.map((detail) => detail.pipelineExecutionId))).toEqual(new Set([id]));
  const { pipelineExecutionId: started = '' } = await client.send(new StartPipelineExecutionCommand(once));
  expect([first, second.pipelineExecutionId]).not.toContain(started);
  await client.send(
    new PutJobFailureResultCommand({ jobId: job.id, failureDetails: { type: 'JobFailed', message: 'no' } }),
  );
  await waitForStatus(client, id, 'Failed');
});
