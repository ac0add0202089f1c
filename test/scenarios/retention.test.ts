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

/** Starts a server and a pipeline whose first execution has succeeded. */
async function setUp(overrides: Partial<Config> = {}) {
  const server = await serve(overrides);
  const client = server.codePipeline();
  const s3 = server.s3();
  const pass = (days: number) => server.clock.advance(days * dayMs);
  /** Performs the waiting test job; returns its id and the key of its report. */
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
  /** Returns the keys of all versions and delete markers in a bucket. */
  const stored = async (Bucket = 'my-artifacts') => {
    const { Versions = [], DeleteMarkers = [] } = await s3.send(new ListObjectVersionsCommand({ Bucket }));
    return [...Versions, ...DeleteMarkers].map(({ Key }) => Key ?? '').sort();
  };
  /** Returns the keys of the output artifacts of all remaining executions. */
  const recorded = async () => {
    const { actionExecutionDetails = [] } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
    const keys = actionExecutionDetails.flatMap(({ output }) => output?.outputArtifacts ?? []);
    return keys.map(({ s3location }) => s3location?.key ?? '').sort();
  };
  return { server, client, s3, pass, runAgain, first: { id: first, ...done }, executions, stored, recorded };
}

/** Long enough for several rounds on a busy machine. */
const patience = { timeout: 10_000, interval: 20 };

test('after 12 months an execution and all versions of its artifacts are removed, unless the state shows it (behaviour B.6)', async () => {
  const { client, s3, pass, runAgain, first, executions, stored, recorded } = await setUp();
  // The report was deleted: its version and the delete marker remain.
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
  const removed = { pipelineName, pipelineExecutionId: first.id };
  await expect(client.send(new GetPipelineExecutionCommand(removed))).rejects.toMatchObject({
    name: 'PipelineExecutionNotFoundException',
  });
  for (const command of [GetJobDetailsCommand, PutJobSuccessResultCommand]) {
    await expect(client.send(new command({ jobId: first.jobId }) as GetJobDetailsCommand)).rejects.toMatchObject({
      name: 'JobNotFoundException',
    });
  }
  expect(await stored('my-source')).toHaveLength(1);
  expect(await stored('my-releases')).toEqual(['report.txt']);

  // Years later the newest execution is still shown, and a stage can still be rolled back to it.
  pass(2000);
  await checkOldExecution(client, third.id);
  expect(await executions()).toHaveLength(2);
  expect(await stored()).toEqual([...(await recorded())].sort());
});

/** Checks that GetPipelineState shows an old execution, and rolls back to it. */
async function checkOldExecution(client: Awaited<ReturnType<typeof setUp>>['client'], id: string) {
  const { stageStates = [] } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  expect(stageStates.map(({ latestExecution }) => latestExecution?.pipelineExecutionId)).toEqual([id, id, id]);
  const { pipelineExecutionId = '' } = await client.send(
    new RollbackStageCommand({ pipelineName, stageName: 'Release', targetPipelineExecutionId: id }),
  );
  await waitForStatus(client, pipelineExecutionId, 'Succeeded');
}

test('objects written later to the key of an artifact are not removed', async () => {
  const { s3, pass, runAgain, first, executions, stored, recorded } = await setUp();
  pass(30);
  await s3.send(new PutObjectCommand({ Bucket: 'my-artifacts', Key: first.Key, Body: 'mine' }));
  const second = await runAgain();
  pass(400);
  await vi.waitFor(async () => {
    expect(await executions()).toEqual([second.id]);
    expect(await stored()).toEqual([first.Key, ...(await recorded())].sort());
  }, patience);
});

test('an execution in progress is kept however old it gets, and continues with its artifacts', async () => {
  const { client, pass, runAgain, executions } = await setUp({ historyDays: 10 });
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
  // Short enough that the disabled transition still lets it in (behaviour C.4).
  pass(29);
  // The second one is kept as well: it was released last.
  await vi.waitFor(async () => expect(await executions()).toEqual([waiting, second.id]), patience);
  await client.send(new EnableStageTransitionCommand(transition));
  expect((await started).id).toBe(waiting);
});

test('a deleted pipeline is removed after 12 months, without touching a new one with its name', async () => {
  const { client, pass, executions, stored, recorded } = await setUp();
  await client.send(new DeletePipelineCommand({ name: pipelineName }));
  expect(await stored()).toHaveLength(2);
  pass(200);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
  const [id = ''] = await executions();
  await vi.waitFor(async () => expect(await stored()).toHaveLength(3), patience);
  pass(200);
  // Objects are removed one by one, so until the last one some belong to no execution.
  await vi.waitFor(async () => expect(await recorded()).toEqual(expect.arrayContaining(await stored())), patience);
  expect(await executions()).toEqual([id]);
});

test('the retention period is a setting, and may be forever', async () => {
  const short = await setUp({ historyDays: 1 });
  const second = await short.runAgain();
  short.pass(2);
  await vi.waitFor(async () => expect(await short.executions()).toEqual([second.id]), patience);
  const long = await setUp({ historyDays: 'forever' });
  await long.runAgain();
  long.pass(36_500);
  // Rounds run every 50 ms here, so anything due would have been removed by now.
  await long.runAgain();
  expect(await long.executions()).toHaveLength(3);
  expect(await long.stored()).toEqual(await long.recorded());
});
