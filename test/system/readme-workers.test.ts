import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CodePipelineClient,
  CreateCustomActionTypeCommand,
  type CreateCustomActionTypeCommandInput,
  CreatePipelineCommand,
  type CreatePipelineCommandInput,
  GetPipelineExecutionCommand,
  ListActionExecutionsCommand,
  ListPipelineExecutionsCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CreateBucketCommand,
  GetObjectCommand,
  PutBucketVersioningCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { runProgram } from '../support/requests/aws-cli.ts';
import { rootKeyEnvironment } from '../support/requests/client-config.ts';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const root = fileURLToPath(new URL('../../', import.meta.url));
const name = 'price-list';
/** A call of Debian's AWS CLI can take more than a second on a busy machine. */
const workMs = 150_000;

const readJson = async <T>(path: string) => JSON.parse(await readFile(join(root, path), 'utf8')) as T;

/** Returns the command in the first block of a worker's README. */
async function printedCommand(folder: string): Promise<string> {
  const text = await readFile(join(root, 'examples', folder, 'README.md'), 'utf8');
  return /```sh\n([\s\S]*?)\n```/.exec(text)?.[1] ?? '';
}

/** Creates the main README's pipeline from its own files, on a server with an account that no example names. */
async function setUp() {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const server = await startProcess(data, ['--account', '987654321098']);
  const path = `${process.execPath.replace(/\/node$/, '')}:/usr/bin:/bin`;
  const env = { PATH: path, HOME: folder, MILLRACE_DATA: data, ...rootKeyEnvironment };
  const zip = join(await mkdtemp(join(folder, 'zip-')), 'price-list.zip');
  const packed = await runProgram(
    process.execPath,
    [`${root}examples/cli/zip-folder.mjs`, `${root}examples/sample-project`, zip],
    env,
  );
  expect(packed).toMatchObject({ code: 0 });
  const [client, s3] = [new CodePipelineClient(clientConfig(server.url)), new S3Client(clientConfig(server.url))];
  for (const bucket of ['source', 'artifacts', 'releases'])
    await s3.send(new CreateBucketCommand({ Bucket: `price-list-${bucket}` }));
  const Bucket = 'price-list-source';
  await s3.send(new PutBucketVersioningCommand({ Bucket, VersioningConfiguration: { Status: 'Enabled' } }));
  await s3.send(new PutObjectCommand({ Bucket, Key: 'price-list.zip', Body: await readFile(zip) }));
  const type = await readJson<CreateCustomActionTypeCommandInput>('examples/cli/action-type.json');
  await client.send(new CreateCustomActionTypeCommand(type));
  await client.send(
    new CreatePipelineCommand(await readJson<CreatePipelineCommandInput>('examples/cli/pipeline.json')),
  );
  return { client, s3, env };
}

/** Runs a worker in the README's terminal until the latest execution has ended; returns its report. */
async function work({ client, s3, env }: Awaited<ReturnType<typeof setUp>>, command: string): Promise<string> {
  const script = `cd '${root}'\neval "$(bin/millrace env)"\nPAUSE_SECONDS=0.2 exec ${command}`;
  const worker = spawn('/bin/bash', ['-c', script], { env, stdio: ['ignore', 'ignore', 'inherit'], detached: true });
  const exited = once(worker, 'exit');
  onTestFinished(async () => {
    // The shell worker's sleep ends only with its process group.
    if (worker.pid) process.kill(-worker.pid, 'SIGTERM');
    await exited;
  });
  const { pipelineExecutionSummaries } = await client.send(new ListPipelineExecutionsCommand({ pipelineName: name }));
  const pipelineExecutionId = pipelineExecutionSummaries?.[0]?.pipelineExecutionId;
  const statusOf = async () =>
    (await client.send(new GetPipelineExecutionCommand({ pipelineName: name, pipelineExecutionId }))).pipelineExecution
      ?.status;
  await expect.poll(statusOf, { timeout: workMs, interval: 200 }).toBe('Succeeded');
  const { actionExecutionDetails } = await client.send(new ListActionExecutionsCommand({ pipelineName: name }));
  const tested = actionExecutionDetails?.find(({ actionName }) => actionName === 'UnitTests');
  const { bucket, key } = tested?.output?.outputArtifacts?.[0]?.s3location ?? {};
  const report = await s3.send(new GetObjectCommand({ Bucket: bucket, Key: key }));
  return Buffer.from((await report.Body?.transformToByteArray()) ?? []).toString('latin1');
}

test.each([
  ['examples/node-worker', async () => 'node examples/node-worker/worker.mjs', /^\{"words":\d+\}$/],
  ['examples/demo/job-worker.mjs', async () => 'node examples/demo/job-worker.mjs', /report\.tap/],
  ['examples/python-worker', () => printedCommand('python-worker'), /test-report\.tap/],
  ['examples/shell-worker', () => printedCommand('shell-worker'), /^[0-9a-f]{64} {2}input\/SourceOutput\n$/],
])(
  '%s does the job of the pipeline in the main README as it is',
  async (_name, command, report) => {
    const harness = await setUp();
    expect(await work(harness, await command())).toMatch(report);
  },
  2 * workMs,
);
