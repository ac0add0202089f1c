import {
  type CodePipelineClient,
  GetPipelineExecutionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutJobFailureResultCommand,
  type SourceRevisionOverride,
  StartPipelineExecutionCommand,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import {
  pipelineName,
  pollOne,
  sourceAction,
  sourceKey,
  startStory,
  threeStages,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { type Keys, serve } from '../../support/servers/server.ts';

const otherKey = 'branches/feature.zip';
const key = (revisionValue: string) =>
  ({ actionName: 'Source', revisionType: 'S3_OBJECT_KEY', revisionValue }) as const;
const version = (revisionValue: string) =>
  ({ actionName: 'Source', revisionType: 'S3_OBJECT_VERSION_ID', revisionValue }) as const;

/** Creates a V2 pipeline whose source allows overrides; its bucket has two versions of another key. */
async function begin() {
  const server = await serve();
  const client = server.codePipeline();
  const s3 = server.s3();
  const pipeline = { ...threeStages(), pipelineType: 'V2' as const };
  await startStory(client, s3, pipeline);
  await endJob(client, (await pollOne(client)).id);
  const configuration = { ...sourceAction.configuration, AllowOverrideForS3ObjectKey: 'true' };
  const [, ...stages] = pipeline.stages;
  await client.send(
    new UpdatePipelineCommand({
      pipeline: {
        ...pipeline,
        stages: [{ name: 'Source', actions: [{ ...sourceAction, configuration }] }, ...stages],
      },
    }),
  );
  const put = async (Body: string) =>
    (await s3.send(new PutObjectCommand({ Bucket: 'my-source', Key: otherKey, Body }))).VersionId ?? '';
  return { server, client, older: await put('older'), newer: await put('newer') };
}

async function endJob(client: CodePipelineClient, jobId: string) {
  await client.send(
    new PutJobFailureResultCommand({ jobId, failureDetails: { type: 'JobFailed', message: 'next, please' } }),
  );
}

/** Starts an execution and returns the input of its first job. */
async function startWith(world: Awaited<ReturnType<typeof begin>>, sourceRevisions: SourceRevisionOverride[]) {
  const { server, client } = world;
  const { pipelineExecutionId } = await client.send(
    new StartPipelineExecutionCommand({ name: pipelineName, sourceRevisions }),
  );
  const job = await pollOne(client);
  const [input] = job.data.inputArtifacts ?? [];
  const { bucketName: Bucket, objectKey: Key } = input?.location?.s3Location ?? {};
  const s3 = server.s3(job.data.artifactCredentials as Keys);
  const { Body } = await s3.send(new GetObjectCommand({ Bucket, Key }));
  await endJob(client, job.id);
  return { pipelineExecutionId, revision: input?.revision, content: await Body?.transformToString() };
}

test('a start can name another key of the source bucket, which all responses then show (behaviour C.10)', async () => {
  const world = await begin();
  const { client, newer } = world;
  const { pipelineExecutionId, ...given } = await startWith(world, [key(otherKey)]);
  expect(given).toEqual({ revision: newer, content: 'newer' });
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  expect(pipelineExecution?.artifactRevisions).toMatchObject([{ revisionId: newer }]);
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
  expect(pipelineExecutionSummaries?.[0]).toMatchObject({
    pipelineExecutionId,
    sourceRevisions: [{ actionName: 'Source', revisionId: newer }],
  });
  const { actionExecutionDetails } = await client.send(
    new ListActionExecutionsCommand({ pipelineName, filter: { pipelineExecutionId } }),
  );
  expect(actionExecutionDetails?.find(({ actionName }) => actionName === 'Source')).toMatchObject({
    input: {
      configuration: { S3ObjectKey: sourceKey },
      resolvedConfiguration: { S3ObjectKey: otherKey },
    },
    output: { outputVariables: { ObjectKey: otherKey, VersionId: newer } },
  });
});

test('both S3 overrides together name a version of another key (behaviour C.10)', async () => {
  const world = await begin();
  const { older } = world;
  expect(await startWith(world, [version(older), key(otherKey)])).toMatchObject({ revision: older, content: 'older' });
});

test('a missing key fails the execution; invalid overrides are rejected', async () => {
  const { client } = await begin();
  const start = (sourceRevisions: SourceRevisionOverride[]) =>
    client.send(new StartPipelineExecutionCommand({ name: pipelineName, sourceRevisions }));
  const { pipelineExecutionId = '' } = await start([key('no/such/key')]);
  await waitForStatus(client, pipelineExecutionId, 'Failed');
  for (const revisionType of ['COMMIT_ID', 'IMAGE_DIGEST'] as const) {
    await expect(start([{ ...key('abc'), revisionType }])).rejects.toMatchObject({
      name: 'ValidationException',
      message: `The source action 'Source' (Owner: 'AWS', Provider: 'S3') cannot have a source revision override of the type ${revisionType}.`,
    });
  }
});
