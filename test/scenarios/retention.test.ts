import {
  CreatePipelineCommand,
  DeletePipelineCommand,
  DisableStageTransitionCommand,
  EnableStageTransitionCommand,
  GetJobDetailsCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
  PutJobSuccessResultCommand,
  RollbackStageCommand,
} from '@aws-sdk/client-codepipeline';
import {
  DeleteObjectCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
} from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import type { Config } from '../../src/config/config.ts';
import { dayMs } from '../support/engine/test-clock.ts';
import {
  pipelineName,
  pollOne,
  startAgain,
  startStory,
  threeStages,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { type Keys, serve } from '../support/servers/server.ts';

const versionTwo = { ...threeStages(), pipelineType: 'V2' as const };

/** A server and a pipeline whose first execution has released. */
async function begin(overrides: Partial<Config> = {}) {
  const server = await serve(overrides);
  const client = server.codePipeline();
  const s3 = server.s3();
  const pass = (days: number) => server.clock.advance(days * dayMs);
  /** Does the waiting test job; answers its id and its report's key. */
  const report = async () => {
    const job = await pollOne(client);
    const { bucketName: Bucket, objectKey: Key = '' } = job.data.outputArtifacts?.[0]?.location?.s3Location ?? {};
    const worker = server.s3(job.data.artifactCredentials as Keys);
    await worker.send(new PutObjectCommand({ Bucket, Key, Body: 'report' }));
    await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
    return { jobId: job.id, Key };
  };
  const runAgain = async () => {
    const id = await startAgain(client);
    const done = await report();
    await waitForStatus(client, id, 'Succeeded');
    return { id, ...done };
  };
  const first = await startStory(client, s3, versionTwo);
  const versioned = { Bucket: 'my-artifacts', VersioningConfiguration: { Status: 'Enabled' as const } };
  await s3.send(new PutBucketVersioningCommand(versioned));
  const done = await report();
  await waitForStatus(client, first, 'Succeeded');
  const executions = async () => {
    const { pipelineExecutionSummaries = [] } = await client.send(new ListPipelineExecutionsCommand({ pipelineName }));
    return pipelineExecutionSummaries.map(({ pipelineExecutionId }) => pipelineExecutionId);
  };
  /** Everything in a bucket, versions and delete markers, by key. */
  const stored = async (Bucket = 'my-artifacts') => {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    return [...Versions, ...DeleteMarkers].map(({ Key }) => Key ?? '').sort();
  };
  /** The keys that the actions of the executions that are there were told to write. */
  const recorded = async () => {
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    const keys = actionExecutionDetails.flatMap(({ output }) => output?.outputArtifacts ?? []);
    return keys.map(({ s3location }) => s3location?.key ?? '').sort();
  };
  return { server, client, s3, pass, runAgain, first: { id: first, ...done }, executions, stored, recorded };
}

/** Long enough for any number of rounds on a busy machine. */
const patience = { timeout: 10_000, interval: 20 };

test('after 12 months an execution is gone, its artifacts to the last version; what the state shows stays (behaviour B.6)', async () => {
  const { client, s3, pass, runAgain, first, executions, stored, recorded } = await begin();
  // Somebody has deleted the report: its version and the marker above it are still there.
  await s3.send(new DeleteObjectCommand({ Bucket: 'my-artifacts', Key: first.Key }));
  const second = await runAgain();
  pass(364);
  const third = await runAgain();
  expect(await executions()).toEqual([third.id, second.id, first.id]);
  pass(2);
  await vi.waitFor(async () => {
    expect(await executions()).toEqual([third.id]);
    expect(await stored()).toEqual(await recorded());
  }, patience);
  expect(await recorded()).toHaveLength(2);
  const gone = { pipelineName, pipelineExecutionId: first.id };
  await expect(client.send(new GetPipelineExecutionCommand(gone))).rejects.toMatchObject({
    name: 'PipelineExecutionNotFoundException',
  });
  for (const command of [GetJobDetailsCommand, PutJobSuccessResultCommand]) {
    await expect(client.send(new command({ jobId: first.jobId }) as GetJobDetailsCommand)).rejects.toMatchObject({
      name: 'JobNotFoundException',
    });
  }
  expect(await stored('my-source')).toHaveLength(1);
  expect(await stored('my-releases')).toEqual(['report.txt']);

  // Years later the newest is still shown, and a stage can still be rolled back to it.
  pass(2000);
  await runStale(client, third.id);
  expect(await executions()).toHaveLength(2);
  expect(await stored()).toEqual([...(await recorded())].sort());
});

/** What GetPipelineState shows of an old execution, and a rollback to it. */
async function runStale(client: Awaited<ReturnType<typeof begin>>['client'], id: string) {
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates.map(({ latestExecution }) => latestExecution?.pipelineExecutionId)).toEqual([id, id, id]);
  const { pipelineExecutionId = '' } = await client.send(
    new RollbackStageCommand({ pipelineName, stageName: 'Release', targetPipelineExecutionId: id }),
  );
  await waitForStatus(client, pipelineExecutionId, 'Succeeded');
}

test('what something else wrote to the key of an artifact since is not touched', async () => {
  const { s3, pass, runAgain, first, executions, stored, recorded } = await begin();
  pass(30);
  await s3.send(new PutObjectCommand({ Bucket: 'my-artifacts', Key: first.Key, Body: 'mine' }));
  const second = await runAgain();
  pass(400);
  await vi.waitFor(async () => {
    expect(await executions()).toEqual([second.id]);
    expect(await stored()).toEqual([first.Key, ...(await recorded())].sort());
  }, patience);
});

test('an execution in progress waits as long as it takes, and goes on with its artifacts', async () => {
  const { client, pass, runAgain, executions } = await begin({ historyDays: 10 });
  const second = await runAgain();
  const transition = { pipelineName, stageName: 'Release', transitionType: 'Inbound' } as const;
  await client.send(new DisableStageTransitionCommand({ ...transition, reason: 'holidays' }));
  const started = runAgain();
  const waiting = await vi.waitFor(async () => {
    const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
    const [inbound] = stageStates[2]?.inboundExecutions ?? [];
    expect(inbound).toBeDefined();
    return inbound?.pipelineExecutionId ?? '';
  }, patience);
  // Not so long that the closed way would not let it in any more (behaviour C.4).
  pass(29);
  // The second one stays as well: it is what was released last.
  await vi.waitFor(async () => expect(await executions()).toEqual([waiting, second.id]), patience);
  await client.send(new EnableStageTransitionCommand(transition));
  expect((await started).id).toBe(waiting);
});

test('a deleted pipeline is gone for good after 12 months, and leaves one of its name alone', async () => {
  const { client, pass, executions, stored, recorded } = await begin();
  await client.send(new DeletePipelineCommand({ name: pipelineName }));
  expect(await stored()).toHaveLength(2);
  pass(200);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  const [id = ''] = await executions();
  await vi.waitFor(async () => expect(await stored()).toHaveLength(3), patience);
  pass(200);
  // The objects go one after the other: until the last of the deleted pipeline's has gone, one is there that nobody knows.
  await vi.waitFor(async () => expect(await recorded()).toEqual(expect.arrayContaining(await stored())), patience);
  expect(await executions()).toEqual([id]);
});

test('how long is a setting, and forever is one of its values', async () => {
  const short = await begin({ historyDays: 1 });
  const second = await short.runAgain();
  short.pass(2);
  await vi.waitFor(async () => expect(await short.executions()).toEqual([second.id]), patience);
  const long = await begin({ historyDays: 'forever' });
  await long.runAgain();
  long.pass(36_500);
  // Rounds come every 50 ms here: had there been one to remove anything, it would have.
  await long.runAgain();
  expect(await long.executions()).toHaveLength(3);
  expect(await long.stored()).toEqual(await long.recorded());
});
