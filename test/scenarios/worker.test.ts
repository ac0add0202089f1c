import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import {
  CodePipelineClient,
  CreatePipelineCommand,
  GetPipelineExecutionCommand,
  GetPipelineStateCommand,
  ListActionExecutionsCommand,
  PollForJobsCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { createJobWorker, type JobWorkerOptions } from '../../src/worker/library.ts';
import {
  deployAction,
  jenkinsType,
  pipelineName,
  poll,
  prepareBuckets,
  registerJenkins,
  testAction,
  threeStages,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { clientConfig, rootKey, serve, type TestServer } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { type HostileEntry, hostileZip } from '../support/workers/hostile-zip.ts';
import { startCommandWorker, startWorker } from '../support/workers/worker-process.ts';

const sources: HostileEntry[] = [
  { name: 'words.txt', content: 'one two three' },
  { name: 'docs/more.txt', content: 'four' },
];
const secret = 'correct-horse-battery';
const action = {
  ...testAction,
  namespace: 'Test',
  configuration: { ProjectName: 'JenkinsTestProject', Token: secret },
};
const pipeline = threeStages(action, {
  ...deployAction,
  configuration: { BucketName: 'my-releases', Extract: 'false', ObjectKey: 'report' },
});

/** Prepares a pipeline whose test job waits for a worker; returns the id of its execution. */
async function begin(client: CodePipelineClient, s3: S3Client, source = hostileZip(sources)): Promise<string> {
  await registerJenkins(client);
  await prepareBuckets(s3, source);
  await client.send(new CreatePipelineCommand({ pipeline }));
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[0]?.latestExecution?.pipelineExecutionId ?? '';
}

const beginOn = (server: TestServer, source?: Buffer) => begin(server.codePipeline(), server.s3(), source);

async function errorOf(client: CodePipelineClient) {
  const { stageStates } = await client.send(new GetPipelineStateCommand({ name: pipelineName }));
  return stageStates?.[1]?.actionStates?.[0]?.latestExecution?.errorDetails;
}

test('a command performs a job with unpacked inputs, outputs by glob and variables, and its secret is shown nowhere', async () => {
  const server = await serve();
  const executionId = await beginOn(server);
  const script =
    'cat words.txt; echo "token $MILLRACE_CONFIG_TOKEN"; mkdir out; cp words.txt out/a.log; echo Words=3 > $MILLRACE_OUTPUT_VARIABLES';
  const worker = startCommandWorker(server.url, script, ['--once', '--output', 'TestReport=out/*.log']);
  expect(await worker.ended).toBe(0);
  expect(worker.printed()).toContain('one two three');
  expect(worker.printed()).toContain('token ***');
  expect(worker.printed()).not.toContain(secret);
  const client = server.codePipeline();
  await waitForStatus(client, executionId, 'Succeeded');
  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName }));
  expect(actionExecutionDetails?.[1]?.output?.outputVariables).toEqual({ Words: '3' });
  const report = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report' }));
  expect(Buffer.from((await report.Body?.transformToByteArray()) ?? []).includes('out/a.log')).toBe(true);
});

test('a command that exits with 75 runs again with its token, and a failure shows its last lines', async () => {
  const server = await serve({ continuationDelaySeconds: 0 });
  const executionId = await beginOn(server);
  const script = `
    if [ -z "$MILLRACE_CONTINUATION_TOKEN" ]; then echo half-way > $MILLRACE_CONTINUATION_FILE; exit 75; fi
    echo "came from $MILLRACE_CONTINUATION_TOKEN" >&2; exit 77`;
  expect(await startCommandWorker(server.url, script, ['--once']).ended).toBe(0);
  expect(await startCommandWorker(server.url, script, ['--once']).ended).toBe(4);
  await waitForStatus(server.codePipeline(), executionId, 'Failed');
  const expected = { code: 'PermissionError', message: 'Exit code 77\ncame from half-way' };
  expect(await errorOf(server.codePipeline())).toEqual(expected);
});

test('a hostile artifact fails the action with a clear message and leaves no files', async () => {
  const server = await serve();
  const executionId = await beginOn(server, hostileZip([{ name: 'good' }, { name: '../../../escape' }]));
  const jobs = await temporaryFolder();
  const worker = startCommandWorker(server.url, 'true', ['--once', '--work-folder', jobs]);
  expect(await worker.ended).toBe(4);
  await waitForStatus(server.codePipeline(), executionId, 'Failed');
  expect(await errorOf(server.codePipeline())).toEqual({
    code: 'JobFailed',
    message:
      'Input artifact MyAppBuild: The archive was not unpacked: entry "../../../escape" leads out of the folder.',
  });
  expect(await readdir(jobs)).toEqual([]);
});

test('on SIGTERM the worker claims no more jobs, finishes and reports its job, and exits with 0', async () => {
  const server = await serve();
  const executionId = await beginOn(server);
  const gate = join(await temporaryFolder(), 'gate');
  const script = `echo started; while [ ! -e '${gate}' ]; do sleep 0.05; done; echo x > $MILLRACE_OUTPUT_TESTREPORT/x`;
  const worker = startCommandWorker(server.url, script);
  await worker.saw(/\] started/);
  worker.kill('SIGTERM');
  await worker.saw(/takes no more jobs/);
  await writeFile(gate, '');
  expect(await worker.ended).toBe(0);
  await waitForStatus(server.codePipeline(), executionId, 'Succeeded');
});

test('an acknowledged job of a killed worker is not offered again, and its action times out (behaviour A.8)', async () => {
  const server = await serve();
  const executionId = await beginOn(server);
  const worker = startCommandWorker(server.url, 'echo started; exec sleep 5');
  await worker.saw(/\] started/);
  worker.kill('SIGKILL');
  expect(await worker.ended).toBe('SIGKILL');
  const client = server.codePipeline();
  for (const passedMs of [60_000, 24 * 60 * 60 * 1000]) {
    server.clock.advance(passedMs);
    expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  }
  await waitForStatus(client, executionId, 'Failed');
  expect(await errorOf(client)).toMatchObject({ code: 'JobTimedOut' });
});

/** Starts a library worker, which ends with the test. */
function workerOn(url: string, options: Pick<JobWorkerOptions, 'perform'> & Partial<JobWorkerOptions>) {
  const { category, provider, version } = jenkinsType;
  return createJobWorker({
    actionType: { category, provider, version },
    query: { ProjectName: 'JenkinsTestProject' },
    endpoint: url,
    region: 'us-east-1',
    credentials: rootKey,
    pollIntervalMs: 50,
    maxJobs: 1,
    ...options,
  });
}

test('a library worker learns that its execution was stopped and abandoned', async () => {
  const server = await serve();
  const client = server.codePipeline();
  const pipelineExecutionId = await beginOn(server);
  const reasons: unknown[] = [];
  let tellStarted: () => void = () => undefined;
  const started = new Promise<void>((resolve) => {
    tellStarted = resolve;
  });
  const worker = workerOn(server.url, {
    watchIntervalMs: 50,
    async perform({ signal }) {
      tellStarted();
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      reasons.push(signal.reason);
    },
  });
  worker.start();
  await started;
  await client.send(new StopPipelineExecutionCommand({ pipelineName, pipelineExecutionId, abandon: true }));
  expect(await worker.ended).toMatchObject({ ended: 1 });
  expect(reasons).toEqual([expect.objectContaining({ name: 'WorkEnded', why: 'over' })]);
  const { pipelineExecution } = await client.send(
    new GetPipelineExecutionCommand({ pipelineName, pipelineExecutionId }),
  );
  expect(pipelineExecution?.status).toBe('Stopped');
});

test('a server that is killed and restarted during a job gets its artifact and its result', async () => {
  const folder = await temporaryFolder();
  const first = await startProcess(folder);
  const { port } = new URL(first.url);
  const executionId = await begin(
    new CodePipelineClient(clientConfig(first.url)),
    new S3Client(clientConfig(first.url)),
  );
  const log: string[] = [];
  let third: Promise<unknown> | undefined;
  const record = (_fields: object, message: string) => void log.push(message);
  const worker = workerOn(first.url, {
    log: { info: record, warn: record, error: record },
    async perform(job) {
      await first.end('SIGKILL');
      // The upload begins while the server is down.
      const uploading = job.output().write('all green', 'text/plain');
      const second = await startProcess(folder, ['--port', port]);
      await uploading;
      // The server is down again when the result is due, and restarts soon after.
      await second.end('SIGKILL');
      third = pause(500).then(() => startProcess(folder, ['--port', port]));
      return { outputVariables: { Result: 'green' } };
    },
  });
  worker.start();
  expect(await worker.ended).toMatchObject({ Succeeded: 1, unreported: 0 });
  await third;
  await waitForStatus(new CodePipelineClient(clientConfig(first.url)), executionId, 'Succeeded');
  expect(log).toContain('report: the server responds again');
});

test('the worker of examples/node-worker counts the words of an artifact', async () => {
  const server = await serve();
  const executionId = await beginOn(server);
  const worker = startWorker(server.url, ['examples/node-worker/worker.mjs']);
  await waitForStatus(server.codePipeline(), executionId, 'Succeeded');
  worker.kill('SIGTERM');
  expect(await worker.ended).toBe(0);
  const report = await server.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report' }));
  expect(await report.Body?.transformToString()).toBe('{"words":4}');
});
