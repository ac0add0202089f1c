import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CreatePipelineCommand,
  DeletePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListPipelineExecutionsCommand,
  type PipelineDeclaration,
  UpdatePipelineCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateBucketCommand,
  CreateMultipartUploadCommand,
  DeleteObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  UploadPartCommand,
} from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { withFile } from '../support/databases/sqlite-file.ts';
import {
  pipelineName,
  prepareBuckets,
  registerJenkins,
  sourceAction,
  sourceKey,
  threeStages,
} from '../support/pipelines/scenario.ts';
import { account, serve } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const patient = { timeout: 10_000, interval: 20 };
const markerKey = 'marker.zip';

/** Returns the scenario's pipeline with a polled source. */
function polled(configuration: Record<string, string> = {}, name = pipelineName): PipelineDeclaration {
  const { PollForSourceChanges: _, ...declared } = sourceAction.configuration ?? {};
  const [, ...stages] = threeStages().stages;
  const source = { ...sourceAction, configuration: { ...declared, ...configuration } };
  return { ...threeStages(), name, stages: [{ name: 'Source', actions: [source] }, ...stages] };
}

/** Starts a server with buckets, and a second polled pipeline whose executions show that a round of checks is over. */
async function setUp(config: Parameters<typeof serve>[0] = {}) {
  const lines: Record<string, unknown>[] = [];
  const server = await serve(config, { onLog: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) });
  const client = server.codePipeline();
  const s3 = server.s3();
  await registerJenkins(client);
  await prepareBuckets(s3);
  const put = async (Key = sourceKey, Bucket = 'my-source') =>
    (await s3.send(new PutObjectCommand({ Bucket, Key, Body: `${Math.random()}` }))).VersionId ?? '';
  const executions = async (name = pipelineName) =>
    (await client.send(new ListPipelineExecutionsCommand({ pipelineName: name }))).pipelineExecutionSummaries ?? [];
  const taken = async (version: string, name = pipelineName) => {
    await vi.waitFor(async () => {
      const [newest] = await executions(name);
      expect(newest?.sourceRevisions?.[0]?.revisionId).toBe(version);
    }, patient);
  };
  await put(markerKey);
  const markerPipeline = { ...polled({ S3ObjectKey: markerKey }, 'Marker') };
  await client.send(new CreatePipelineCommand({ pipeline: markerPipeline }));
  await vi.waitFor(async () => expect((await executions('Marker'))[0]?.sourceRevisions).toHaveLength(1), patient);
  /** Waits for two rounds of checks, so that the findings of the first one have been handled. */
  const checkTwice = async () => {
    for (let round = 0; round < 2; round += 1) {
      const version = await put(markerKey);
      server.clock.advance(61_000);
      await taken(version, 'Marker');
    }
  };
  return { server, client, put, executions, taken, checkTwice, lines };
}

test('a new version starts one execution of that version, even across a restart; known versions start none', async () => {
  const { server, client, put, executions, taken, checkTwice } = await setUp();
  await client.send(new CreatePipelineCommand({ pipeline: polled() }));
  await vi.waitFor(async () => expect((await executions())[0]?.sourceRevisions).toHaveLength(1), patient);
  await checkTwice();
  expect(await executions()).toMatchObject([{ trigger: { triggerType: 'CreatePipeline' } }]);
  const second = await put();
  server.clock.advance(61_000);
  await taken(second);
  await server.restart();
  await checkTwice();
  const [newest, ...older] = await executions();
  expect(newest?.trigger).toEqual({ triggerType: 'PollForSourceChanges', triggerDetail: 'Source' });
  expect(older).toHaveLength(1);
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId: newest?.pipelineExecutionId }),
  );
  expect(pipelineExecution?.artifactRevisions).toMatchObject([{ revisionId: second }]);
});

test('updates change the watched source, and deletions end the watch', async () => {
  const { client, put, executions, taken, checkTwice } = await setUp();
  await client.send(new CreatePipelineCommand({ pipeline: polled({ PollForSourceChanges: 'false' }) }));
  await vi.waitFor(async () => expect((await executions())[0]?.sourceRevisions).toHaveLength(1), patient);
  const missed = await put();
  await checkTwice();
  expect(await executions()).toHaveLength(1);
  await client.send(new UpdatePipelineCommand({ pipeline: polled({ PollForSourceChanges: 'TRUE' }) }));
  await taken(missed);
  const other = await put('other.zip');
  await client.send(new UpdatePipelineCommand({ pipeline: polled({ S3ObjectKey: 'other.zip' }) }));
  await taken(other);
  await put();
  await checkTwice();
  expect(await executions()).toHaveLength(3);
  await client.send(new DeletePipelineCommand({ name: pipelineName }));
  await client.send(new CreatePipelineCommand({ pipeline: polled({ PollForSourceChanges: 'no' }) }));
  await put('other.zip');
  await checkTwice();
  expect(await executions()).toHaveLength(1);
});

test('a missing bucket or object is logged once, and starts an execution when it is created', async () => {
  const { server, client, put, taken, checkTwice, lines } = await setUp();
  const reasons = () =>
    lines
      .filter(({ pipeline, reason }) => pipeline === pipelineName && reason !== undefined)
      .map(({ reason }) => reason);
  await client.send(new CreatePipelineCommand({ pipeline: polled({ S3Bucket: 'later' }) }));
  await checkTwice();
  await checkTwice();
  expect(reasons()).toEqual([expect.stringContaining('later')]);
  const stateOfSource = async () =>
    (await client.send(new GetPipelineStateCommand({ name: pipelineName }))).stageStates?.[0]?.actionStates?.[0];
  expect((await stateOfSource())?.latestExecution).toMatchObject({
    status: 'Failed',
    errorDetails: { code: 'ConfigurationError', message: expect.stringContaining('later') },
  });
  const s3 = server.s3();
  await s3.send(new CreateBucketCommand({ Bucket: 'later' }));
  await s3.send(new PutBucketVersioningCommand({ Bucket: 'later', VersioningConfiguration: { Status: 'Enabled' } }));
  const version = await put(sourceKey, 'later');
  // What is not there yet is looked for as often as any other source.
  server.clock.advance(61_000);
  await taken(version);
  expect(reasons()).toHaveLength(1);
  await vi.waitFor(async () => {
    expect((await stateOfSource())?.latestExecution).toMatchObject({ status: 'Succeeded' });
  }, patient);
  // Without an execution that fails, the failure of the check alone is shown.
  await server.s3().send(new DeleteObjectCommand({ Bucket: 'later', Key: sourceKey }));
  server.clock.advance(61_000);
  await vi.waitFor(async () => {
    expect((await stateOfSource())?.latestExecution).toEqual({
      status: 'Failed',
      lastStatusChange: expect.any(Date),
      errorDetails: { code: 'ConfigurationError', message: expect.stringContaining('has no object with the key') },
    });
  }, patient);
});

test('pipelines stored by an earlier version are watched after the upgrade', async () => {
  const { server, client, put, executions, taken } = await setUp();
  await client.send(new CreatePipelineCommand({ pipeline: polled() }));
  await vi.waitFor(async () => expect((await executions())[0]?.sourceRevisions).toHaveLength(1), patient);
  const version = await put();
  await server.restart(() =>
    withFile(server.folder, (file) =>
      file.exec(
        "delete from source_watches; delete from due_work; delete from settings where name = 'repository-checks'",
      ),
    ),
  );
  await taken(version);
});

test('a source is checked under the role of its action, and a denial is logged once', async () => {
  const roles = join(await temporaryFolder(), 'roles.json');
  const s3 = { Effect: 'Allow', Action: 's3:*', Resource: '*' };
  const open = { Version: '2012-10-17', Statement: s3 };
  const closed = { Version: '2012-10-17', Statement: { ...s3, Resource: 'arn:aws:s3:::my-artifacts/*' } };
  await writeFile(
    roles,
    JSON.stringify([
      { name: 'pipeline-role', policies: [open] },
      { name: 'blind', policies: [closed] },
    ]),
  );
  const { client, put, executions, checkTwice, lines } = await setUp({ roles });
  const pipeline = { ...polled(), roleArn: `arn:aws:iam::${account}:role/blind` };
  await client.send(new CreatePipelineCommand({ pipeline }));
  await put();
  await checkTwice();
  await checkTwice();
  const reasons = lines.filter((line) => line.pipeline === pipelineName && line.reason !== undefined);
  expect(reasons).toMatchObject([{ reason: expect.stringContaining('s3://my-source/app.zip') }]);
  expect(await executions()).toHaveLength(1);
});

test('an upload through this server starts the pipeline without waiting for the next check', async () => {
  const { client, put, executions, taken, server } = await setUp();
  await client.send(new CreatePipelineCommand({ pipeline: polled() }));
  await vi.waitFor(async () => expect((await executions())[0]?.sourceRevisions).toHaveLength(1), patient);
  await taken(await put());
  const s3 = server.s3();
  const copy = { Bucket: 'my-source', Key: sourceKey, CopySource: `my-source/${markerKey}` };
  await taken((await s3.send(new CopyObjectCommand(copy))).VersionId ?? '');
  const place = { Bucket: 'my-source', Key: sourceKey };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand(place));
  const part = { ...place, UploadId, PartNumber: 1 };
  const { ETag } = await s3.send(new UploadPartCommand({ ...part, Body: 'whole' }));
  const parts = { Parts: [{ PartNumber: 1, ETag }] };
  const whole = await s3.send(new CompleteMultipartUploadCommand({ ...place, UploadId, MultipartUpload: parts }));
  await taken(whole.VersionId ?? '');
  expect(await executions()).toHaveLength(4);
});
