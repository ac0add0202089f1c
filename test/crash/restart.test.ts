import {
  AcknowledgeJobCommand,
  CodePipelineClient,
  PollForJobsCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { poll, pollOne, sourceKey, startAgain, startStory, waitForStatus } from '../support/pipelines/scenario.ts';
import { clientConfig, type Keys } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const codePipeline = (url: string) => new CodePipelineClient(clientConfig(url));
const s3 = (url: string, keys?: Keys) => new S3Client(clientConfig(url, keys));

test('a worker finishes its acknowledged job after the server was killed and restarted', async () => {
  const folder = await temporaryFolder();
  const first = await startProcess(folder);
  const executionId = await startStory(codePipeline(first.url), s3(first.url));
  const job = await pollOne(codePipeline(first.url));
  await codePipeline(first.url).send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  expect(await first.end('SIGKILL')).toBe('SIGKILL');

  const second = await startProcess(folder);
  const client = codePipeline(second.url);
  // The job is acknowledged, so it isn't offered again, and its credentials still work.
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  const worker = s3(second.url, job.data.artifactCredentials as Keys);
  const input = job.data.inputArtifacts?.[0]?.location?.s3Location;
  const source = await worker.send(new GetObjectCommand({ Bucket: input?.bucketName, Key: input?.objectKey }));
  expect(await source.Body?.transformToString()).toBe('the source');
  const output = job.data.outputArtifacts?.[0]?.location?.s3Location;
  await worker.send(new PutObjectCommand({ Bucket: output?.bucketName, Key: output?.objectKey, Body: 'all green' }));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(client, executionId, 'Succeeded');
  const report = await s3(second.url).send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await report.Body?.transformToString()).toBe('all green');
});

test('if the server is killed while a built-in action copies a large source, the next process repeats the job', async () => {
  const folder = await temporaryFolder();
  // A short lease, so that the next process soon takes over the abandoned delivery (decision 10).
  const options = ['--lease-seconds', '1'];
  const first = await startProcess(folder, options);
  await startStory(codePipeline(first.url), s3(first.url));
  await pollOne(codePipeline(first.url));
  const large = Buffer.alloc(64 * 1024 * 1024, 'large ');
  await s3(first.url).send(new PutObjectCommand({ Bucket: 'my-source', Key: sourceKey, Body: large }));
  const executionId = await startAgain(codePipeline(first.url));
  await first.end('SIGKILL');

  const second = await startProcess(folder, options);
  const client = codePipeline(second.url);
  // The first execution's job still occupies the stage: finish it, so that the second execution can enter.
  const waiting = await pollOne(client);
  await client.send(new PutJobSuccessResultCommand({ jobId: waiting.id }));
  const job = await pollOne(client);
  expect(job.data.pipelineContext?.pipelineExecutionId).toBe(executionId);
  const input = job.data.inputArtifacts?.[0]?.location?.s3Location;
  const worker = s3(second.url, job.data.artifactCredentials as Keys);
  const copy = await worker.send(new GetObjectCommand({ Bucket: input?.bucketName, Key: input?.objectKey }));
  expect((await copy.Body?.transformToByteArray())?.length).toBe(large.length);
});

test('a second process on the same folder refuses to start, and SIGTERM ends the first cleanly', async () => {
  const folder = await temporaryFolder();
  const first = await startProcess(folder);
  await expect(startProcess(folder)).rejects.toThrow(/is in use by another Millrace/);
  expect(await first.end('SIGTERM')).toBe(0);
  const second = await startProcess(folder);
  expect(await second.end('SIGTERM')).toBe(0);
});
