import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import {
  AcknowledgeJobCommand,
  type Artifact,
  CodePipelineClient,
  type Job,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { pollOne, startStory, waitForStatus } from '../support/pipelines/scenario.ts';
import { awsCli, clientEnvironment, runProgram } from '../support/requests/aws-cli.ts';
import { clientConfig, type Keys, rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { type CephGateway, startCephGateway } from './ceph-gateway.ts';

const boto3Worker = fileURLToPath(new URL('boto3-worker.py', import.meta.url));
const mebibyte = 1024 * 1024;
// The AWS CLI alone is started a dozen times.
vi.setConfig({ testTimeout: 180_000 });

let ceph: CephGateway;
let prefixes = 0;

beforeAll(async () => {
  ceph = await startCephGateway();
}, 120_000);

afterAll(() => ceph.stop(), 30_000);

/** Starts a server with its artifacts in Ceph; each test has its own buckets there. */
async function begin(options?: string[]) {
  prefixes += 1;
  const folder = await temporaryFolder();
  const keys = join(folder, 'store-key');
  const { accessKeyId, secretAccessKey } = ceph.key;
  await writeFile(keys, `[default]\naws_access_key_id = ${accessKeyId}\naws_secret_access_key = ${secretAccessKey}\n`);
  const store = ['--artifact-store', ceph.url, '--artifact-store-key-file', keys];
  const server = await startProcess(join(folder, 'data'), [
    ...store,
    ...(options ?? ['--artifact-store-bucket-prefix', `test${prefixes}-`]),
  ]);
  return {
    folder,
    server,
    codePipeline: new CodePipelineClient(clientConfig(server.url)),
    s3: (given?: Keys) => new S3Client(clientConfig(server.url, given)),
  };
}

function placesOf(job: Required<Job>) {
  const placeOf = (artifact?: Artifact) => ({
    Bucket: artifact?.location?.s3Location?.bucketName,
    Key: artifact?.location?.s3Location?.objectKey,
  });
  const { inputArtifacts, outputArtifacts, artifactCredentials } = job.data;
  return {
    input: placeOf(inputArtifacts?.[0]),
    output: placeOf(outputArtifacts?.[0]),
    keys: artifactCredentials as Keys,
  };
}

test('a worker written with boto3 performs a job through the gateway, and its report is deployed', async () => {
  const { folder, server, codePipeline, s3 } = await begin();
  await startStory(codePipeline, s3());
  const printed = await runProgram('/usr/bin/python3', [boto3Worker, server.url], clientEnvironment(folder, rootKey));
  expect(printed).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(printed.stdout)).toEqual({ status: 'InProgress', source: 'the source', execution: 'Succeeded' });
  const report = await s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await report.Body?.transformToString()).toBe('all green');
});

test('the credentials of a job give access to its objects through the gateway, but not to others or to the store', async () => {
  const { codePipeline, s3 } = await begin();
  await startStory(codePipeline, s3());
  const { input, output, keys } = placesOf(await pollOne(codePipeline));
  const worker = s3(keys);
  await worker.send(new GetObjectCommand(input));
  await worker.send(new PutObjectCommand({ ...output, Body: 'x', ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k1' }));
  const readBack = await worker.send(new GetObjectCommand(output));
  expect(await readBack.Body?.transformToString()).toBe('x');
  const attempts = [
    () => worker.send(new PutObjectCommand({ ...input, Body: 'x' })),
    () => worker.send(new GetObjectCommand({ Bucket: 'my-source', Key: 'app.zip' })),
    () => worker.send(new DeleteObjectCommand(output)),
    () => worker.send(new ListObjectsV2Command({ Bucket: input.Bucket })),
  ];
  for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject({ name: 'AccessDenied' });
  const atTheStore = new S3Client(clientConfig(ceph.url, keys)).send(new GetObjectCommand(input));
  await expect(atTheStore).rejects.toMatchObject({ $fault: 'client' });
});

test('the AWS CLI uploads large files in parts, reads versions and ranges, copies, lists and removes', async () => {
  const { folder, server, s3 } = await begin();
  const aws = awsCli(server.url, folder, rootKey);
  await aws.call(['s3', 'mb', 's3://files']);
  const enabled = ['--versioning-configuration', 'Status=Enabled'];
  await aws.json('s3api', 'put-bucket-versioning', '--bucket', 'files', ...enabled);
  const large = join(folder, 'large.bin');
  const bytes = Buffer.alloc(20 * mebibyte, 'millrace ');
  await writeFile(large, bytes);
  expect(await aws.call(['s3', 'cp', large, 's3://files/a folder/ü+1.bin', '--sse', 'aws:kms'])).toMatchObject({
    code: 0,
  });
  expect(await aws.call(['s3', 'cp', 's3://files/a folder/ü+1.bin', 's3://files/copy.bin'])).toMatchObject({ code: 0 });
  await aws.call(['s3', 'cp', 's3://files/copy.bin', join(folder, 'back.bin')]);
  expect((await readFile(join(folder, 'back.bin'))).equals(bytes)).toBe(true);
  const where = { Bucket: 'files', Key: 'copy.bin' };
  const range = await s3().send(new GetObjectCommand({ ...where, Range: 'bytes=9-17' }));
  expect(range).toMatchObject({ ContentRange: `bytes 9-17/${bytes.length}` });
  expect(await range.Body?.transformToString()).toBe('millrace ');
  expect(await aws.call(['s3', 'rm', '--recursive', 's3://files'])).toMatchObject({ code: 0 });
  expect((await aws.call(['s3', 'ls', 's3://files'])).stdout).toBe('');
  const { Versions, DeleteMarkers } = await s3().send(new ListObjectVersionsCommand({ Bucket: 'files' }));
  expect([Versions?.length, DeleteMarkers?.length]).toEqual([2, 2]);
  const first = await s3().send(
    new GetObjectCommand({ ...where, VersionId: Versions?.find(({ Key }) => Key === where.Key)?.VersionId }),
  );
  expect(first.ContentLength).toBe(bytes.length);
  (first.Body as Readable).destroy();
  await expect(s3().send(new GetObjectCommand(where))).rejects.toMatchObject({ name: 'NoSuchKey' });
  const attributes = new GetObjectAttributesCommand({ ...where, ObjectAttributes: ['ETag'] });
  await expect(s3().send(attributes)).rejects.toMatchObject({
    $metadata: { httpStatusCode: expect.toSatisfy((s) => s < 500) },
  });
});

test('a large object passes in both directions in constant memory', async () => {
  const { server, s3 } = await begin();
  const client = s3();
  const where = { Bucket: 'large', Key: 'object' };
  const chunk = Buffer.alloc(mebibyte, 7);
  const chunks = 256;
  await client.send(new CreateBucketCommand({ Bucket: where.Bucket }));
  await client.send(new PutObjectCommand({ ...where, Body: chunk }));
  const before = await peakBytes(server.pid);
  const Body = Readable.from(
    (function* () {
      for (let count = 0; count < chunks; count += 1) yield chunk;
    })(),
    { objectMode: false },
  );
  await client.send(new PutObjectCommand({ ...where, Body, ContentLength: chunks * mebibyte }));
  let received = 0;
  const { Body: back } = await client.send(new GetObjectCommand(where));
  for await (const bytes of back as Readable) received += (bytes as Buffer).length;
  expect(received).toBe(chunks * mebibyte);
  expect((await peakBytes(server.pid)) - before).toBeLessThan(120 * mebibyte);
});

async function peakBytes(pid: number): Promise<number> {
  const [, kibibytes = ''] = /VmHWM:\s+(\d+) kB/.exec(await readFile(`/proc/${pid}/status`, 'utf8')) ?? [];
  return Number(kibibytes) * 1024;
}

test("with assume-role a worker accesses Ceph itself, which restricts it to the job's objects", async () => {
  const { codePipeline, s3, folder } = await begin([
    '--artifact-store-credentials',
    'assume-role',
    '--artifact-store-role',
    ceph.roleArn,
  ]);
  const executionId = await startStory(codePipeline, s3());
  const job = await pollOne(codePipeline);
  await codePipeline.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const { input, output, keys } = placesOf(job);
  const direct = new S3Client(clientConfig(ceph.url, keys));
  expect(await (await direct.send(new GetObjectCommand(input))).Body?.transformToString()).toBe('the source');
  const denied = { name: 'AccessDenied' };
  await expect(direct.send(new PutObjectCommand({ ...input, Body: 'x' }))).rejects.toMatchObject(denied);
  await expect(direct.send(new GetObjectCommand({ Bucket: 'my-source', Key: 'app.zip' }))).rejects.toMatchObject(
    denied,
  );
  await expect(direct.send(new ListObjectsV2Command({ Bucket: input.Bucket }))).rejects.toMatchObject(denied);
  const report = join(folder, 'report.txt');
  await writeFile(report, Buffer.alloc(12 * mebibyte, 'green '));
  const uploaded = await awsCli(ceph.url, folder, keys).call([
    's3',
    'cp',
    report,
    `s3://${output.Bucket}/${output.Key}`,
  ]);
  expect(uploaded).toMatchObject({ code: 0 });
  await codePipeline.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(codePipeline, executionId, 'Succeeded');
});

test('a transfer fails clearly if the store is killed, and succeeds when it is back', async () => {
  const { codePipeline, s3, server } = await begin();
  const executionId = await startStory(codePipeline, s3());
  const job = await pollOne(codePipeline);
  await codePipeline.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const { input, output, keys } = placesOf(job);
  const worker = s3(keys);
  const Body = Readable.from(
    (async function* () {
      yield Buffer.alloc(mebibyte);
      await ceph.kill();
      yield Buffer.alloc(mebibyte);
    })(),
    { objectMode: false },
  );
  const unavailable = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } };
  const upload = worker.send(new PutObjectCommand({ ...output, Body, ContentLength: 2 * mebibyte }));
  await expect(upload).rejects.toMatchObject(unavailable);
  await expect(worker.send(new GetObjectCommand(input))).rejects.toMatchObject(unavailable);
  expect(server.log()).toContain('The artifact store is not available');

  await ceph.start();
  await expect(s3().send(new HeadObjectCommand(output))).rejects.toMatchObject({ name: 'NotFound' });
  await worker.send(new PutObjectCommand({ ...output, Body: 'all green' }));
  await codePipeline.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(codePipeline, executionId, 'Succeeded');
});
