import {
  type CodePipelineClient,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  PutActionRevisionCommand,
  PutJobFailureResultCommand,
  StartPipelineExecutionCommand,
  type StartPipelineExecutionCommandInput,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import {
  pipelineName,
  pollOne,
  sourceKey,
  startStory,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { account, type Keys, serve } from '../../support/servers/server.ts';

/** Starts a server with a V2 pipeline, whose source has an older and a newer version, and an empty stage Testing. */
async function begin() {
  const server = await serve();
  const client = server.codePipeline();
  const s3 = server.s3();
  const pipeline = { ...threeStages(), pipelineType: 'V2' as const };
  await startStory(client, s3, pipeline);
  const first = await pollOne(client);
  await endJob(client, first.id);
  const put = async (Body: string) =>
    (await s3.send(new PutObjectCommand({ Bucket: 'my-source', Key: sourceKey, Body }))).VersionId ?? '';
  return { server, client, older: await put('older'), newer: await put('newer') };
}

async function endJob(client: CodePipelineClient, jobId: string) {
  await client.send(
    new PutJobFailureResultCommand({ jobId, failureDetails: { type: 'JobFailed', message: 'next, please' } }),
  );
}

async function inputOf({ server, client }: Awaited<ReturnType<typeof begin>>) {
  const job = await pollOne(client);
  const [input] = job.data.inputArtifacts ?? [];
  const s3 = server.s3(job.data.artifactCredentials as Keys);
  const { bucketName: Bucket, objectKey: Key } = input?.location?.s3Location ?? {};
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  await endJob(client, job.id);
  return { revision: input?.revision, content: await Body?.transformToString() };
}

function announce(client: CodePipelineClient, revisionId: string, members: object = {}) {
  const actionRevision = { revisionId, revisionChangeId: 'change', created: new Date() };
  const input = { pipelineName, stageName: 'Source', actionName: 'Source', actionRevision };
  return client.send(new PutActionRevisionCommand({ ...input, ...members }));
}

test('an announced version starts an execution that uses it, even if there is a newer one', async () => {
  const world = await begin();
  const { client, older } = world;
  const { newRevision, pipelineExecutionId } = await announce(client, older);
  expect(newRevision).toBe(true);
  expect(await inputOf(world)).toEqual({ revision: older, content: 'older' });
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  expect(pipelineExecution).toMatchObject({
    trigger: { triggerType: 'PutActionRevision', triggerDetail: `arn:aws:iam::${account}:root` },
    artifactRevisions: [{ name: 'MyAppBuild', revisionId: older }],
  });
  const again = await announce(client, older);
  expect(again).toMatchObject({ newRevision: false });
  expect(again.pipelineExecutionId).not.toBe(pipelineExecutionId);
});

test('a missing version fails the source action, which says so', async () => {
  const { client } = await begin();
  const { pipelineExecutionId = '' } = await announce(client, 'no-such-version');
  await waitForStatus(client, pipelineExecutionId, 'Failed');
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates?.[0]?.actionStates?.[0]?.latestExecution?.errorDetails).toMatchObject({
    code: 'RevisionUnavailable',
    message: expect.stringContaining('no-such-version'),
  });
});

test('rejects missing pipelines, stages and actions, and actions other than sources', async () => {
  const { client } = await begin();
  const refused = (members: object) => announce(client, 'r', members);
  await expect(refused({ pipelineName: 'Nobody' })).rejects.toMatchObject({ name: 'PipelineNotFoundException' });
  await expect(refused({ stageName: 'Nowhere' })).rejects.toMatchObject({ name: 'StageNotFoundException' });
  await expect(refused({ actionName: 'Nothing' })).rejects.toMatchObject({ name: 'ActionNotFoundException' });
  await expect(refused({ stageName: 'Release', actionName: 'Publish' })).rejects.toMatchObject({
    name: 'ValidationException',
    message: "The action 'Publish' is not a source action.",
  });
});

test('StartPipelineExecution: a version of the source object instead of the latest (behaviour C.10)', async () => {
  const world = await begin();
  const { client, older, newer } = world;
  const start = (input: Partial<StartPipelineExecutionCommandInput> = {}) =>
    client.send(new StartPipelineExecutionCommand({ name: pipelineName, ...input }));
  const override = { actionName: 'Source', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue: older } as const;
  await start({ sourceRevisions: [override] });
  expect(await inputOf(world)).toEqual({ revision: older, content: 'older' });
  await start();
  expect(await vi.waitFor(() => inputOf(world))).toEqual({ revision: newer, content: 'newer' });
  await expect(start({ sourceRevisions: [{ ...override, actionName: 'Publish' }] })).rejects.toMatchObject({
    name: 'ValidationException',
    message:
      'The action name provided in the source revision is not valid. The action must be a source action in your pipeline.',
  });
  await expect(start({ sourceRevisions: [{ ...override, revisionType: 'S3_OBJECT_KEY' }] })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('S3_OBJECT_KEY'),
  });
});
