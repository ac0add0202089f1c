import { createHash } from 'node:crypto';
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CodePipelineClient,
  ListPipelinesCommand,
  PutJobSuccessResultCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  jenkinsQuery,
  jenkinsType,
  pipelineName,
  pollOne,
  startStory,
  waitForStatus,
} from '../support/pipelines/scenario.ts';
import { awsCli } from '../support/requests/aws-cli.ts';
import { callRaw } from '../support/requests/signed-request.ts';
import { freePorts } from '../support/servers/free-port.ts';
import { clientConfig, type Keys, rootKey } from '../support/servers/server.ts';
import { type ServerProcess, startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { startDebianPostgres } from './debian-postgres.ts';
import { startLoadBalancer } from './load-balancer.ts';

vi.setConfig({ testTimeout: 180_000 });

const mebibyte = 1024 * 1024;

/** Starts three nodes on one database and one S3-compatible store, behind the delivered load balancer. */
async function startCluster() {
  const database = await startDebianPostgres();
  const folder = await temporaryFolder();
  const store = await startProcess(join(folder, 'store'));
  vi.stubEnv('MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID', rootKey.accessKeyId);
  vi.stubEnv('MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY', rootKey.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  const [port = 0, ...nodePorts] = await freePorts(4);
  const url = `http://127.0.0.1:${port}`;
  const options = ['--database-url', database.url, '--artifact-store', store.url, '--public-url', url];
  const start = (index: number) =>
    startProcess(join(folder, `node-${index}`), [...options, '--port', String(nodePorts[index])]);
  const nodes: ServerProcess[] = [await start(0)];
  for (const index of [1, 2]) {
    await mkdir(join(folder, `node-${index}`));
    await copyFile(join(folder, 'node-0', 'master-keys.json'), join(folder, `node-${index}`, 'master-keys.json'));
    nodes.push(await start(index));
  }
  await startLoadBalancer(port, nodes);
  // The SDK's default retries, as any client has them.
  const config = { ...clientConfig(url), maxAttempts: 3 };
  return { url, folder, nodes, start, codePipeline: new CodePipelineClient(config), s3: new S3Client(config) };
}

/** Returns how many CodePipeline calls a node has served. */
async function callsOf({ url }: ServerProcess): Promise<number> {
  const text = await (await fetch(`${url}/-/metrics`)).text();
  return [...text.matchAll(/^millrace_calls_total\{service="codepipeline".*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}

/** Starts a poll that waits for the maximum time. */
async function heldPoll(url: string, project = jenkinsQuery.ProjectName) {
  const input = { actionTypeId: jenkinsType, queryParam: { ProjectName: project } };
  const begunAt = performance.now();
  const { status, body } = await callRaw(url, 'PollForJobs', JSON.stringify(input), {
    headers: { 'x-millrace-wait-seconds': '20' },
  });
  return { status, jobs: (JSON.parse(body) as { jobs: { id: string }[] }).jobs, ms: performance.now() - begunAt };
}

test('three nodes behind HAProxy are one service: signatures, long polls, large uploads, nodes that stop', async () => {
  const { url, folder, nodes, start, codePipeline, s3 } = await startCluster();
  const executionId = await startStory(codePipeline, s3);
  const unmatchedPoll = heldPoll(url, 'Nobody');
  const job = await pollOne(codePipeline);
  const worker = new S3Client(clientConfig(url, job.data.artifactCredentials as Keys));
  const output = job.data.outputArtifacts?.[0]?.location?.s3Location;
  await worker.send(new PutObjectCommand({ Bucket: output?.bucketName, Key: output?.objectKey, Body: 'all green' }));
  await codePipeline.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(codePipeline, executionId, 'Succeeded');
  const report = await s3.send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await report.Body?.transformToString()).toBe('all green');

  // A poll on one node is woken by a job queued on another.
  const held = heldPoll(url);
  await codePipeline.send(new StartPipelineExecutionCommand({ name: pipelineName }));
  expect(await held).toMatchObject({ status: 200, jobs: [{ id: expect.any(String) }] });

  // With Debian's AWS CLI: multipart, and a single request of 64 MiB.
  const aws = awsCli(url, folder, rootKey);
  const bytes = Buffer.alloc(64 * mebibyte, 'millrace ');
  const [file, back] = [join(folder, 'large.bin'), join(folder, 'back.bin')];
  await writeFile(file, bytes);
  expect(await aws.call(['s3', 'cp', file, 's3://my-releases/in parts/ü.bin'])).toMatchObject({ code: 0 });
  await aws.json('s3api', 'put-object', '--bucket', 'my-releases', '--key', 'at once', '--body', file);
  for (const key of ['in parts/ü.bin', 'at once']) {
    expect(await aws.call(['s3', 'cp', `s3://my-releases/${key}`, back])).toMatchObject({ code: 0 });
    expect(digest(await readFile(back))).toBe(digest(bytes));
  }

  // The metrics can't be read from outside; every node has served its share.
  expect((await fetch(`${url}/-/metrics`)).status).toBe(404);
  for (const node of nodes) expect(await callsOf(node)).toBeGreaterThan(0);
  const unanswered = await unmatchedPoll;
  expect(unanswered).toMatchObject({ status: 200, jobs: [] });
  expect(unanswered.ms).toBeGreaterThan(19_000);

  // Calls continue while one node stops, another is killed, and the first is restarted.
  const over = new AbortController();
  onTestFinished(() => over.abort());
  const calls = callUntil(over.signal, codePipeline);
  expect(await nodes[0]?.end('SIGTERM')).toBe(0);
  await nodes[1]?.end('SIGKILL');
  await aws.json('codepipeline', 'list-pipelines');
  const again = await start(0);
  await vi.waitFor(async () => expect(await callsOf(again)).toBeGreaterThan(0), { timeout: 10_000, interval: 50 });
  over.abort();
  expect(await calls).toBeGreaterThan(0);
});

/** Makes calls one after another; returns how many, or rejects with the first error. */
async function callUntil(signal: AbortSignal, client: CodePipelineClient): Promise<number> {
  let count = 0;
  for (; !signal.aborted; count += 1) await client.send(new ListPipelinesCommand({}));
  return count;
}

function digest(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
