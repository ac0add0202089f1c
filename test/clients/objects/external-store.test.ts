import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  AcknowledgeJobCommand,
  GetJobDetailsCommand,
  PollForJobsCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import {
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  DeleteObjectsCommand,
  GetObjectCommand,
  GetObjectTaggingCommand,
  HeadBucketCommand,
  HeadObjectCommand,
  ListBucketsCommand,
  ListObjectsCommand,
  ListObjectsV2Command,
  ListObjectVersionsCommand,
  PutObjectCommand,
  PutObjectTaggingCommand,
  UploadPartCommand,
  UploadPartCopyCommand,
} from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import {
  poll,
  pollOne,
  prepareBuckets,
  startAgain,
  startStory,
  waitForStatus,
} from '../../support/pipelines/scenario.ts';
import { serveWithStore } from '../../support/servers/external-store.ts';
import { account, type Keys, rootKey, serve } from '../../support/servers/server.ts';
import { temporaryFolder } from '../../support/servers/server-process.ts';

const dayMs = 24 * 60 * 60 * 1000;
const role = `arn:aws:iam::${account}:role/artifacts`;

test('an execution runs from source to deployment with every byte in the external store', async () => {
  const server = await serveWithStore();
  const client = server.codePipeline();
  const executionId = await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const s3 = server.s3(job.data.artifactCredentials as Keys);
  const input = job.data.inputArtifacts?.[0]?.location?.s3Location;
  const source = await s3.send(new GetObjectCommand({ Bucket: input?.bucketName, Key: input?.objectKey }));
  expect(await source.Body?.transformToString()).toBe('the source');
  const output = job.data.outputArtifacts?.[0]?.location?.s3Location;
  const put = { Bucket: output?.bucketName, Key: output?.objectKey, Body: 'all green' };
  await s3.send(new PutObjectCommand({ ...put, ServerSideEncryption: 'aws:kms', SSEKMSKeyId: 'k1' }));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(client, executionId, 'Succeeded');
  const report = await server.store.s3().send(new GetObjectCommand({ Bucket: 'my-releases', Key: 'report.txt' }));
  expect(await report.Body?.transformToString()).toBe('all green');
});

test('the object operations of an SDK work through the gateway as at the store', async () => {
  const server = await serveWithStore({ artifactStoreBucketPrefix: 'acme-{account}-' });
  const s3 = server.s3();
  await prepareBuckets(s3);
  const { Buckets: stored } = await server.store.s3().send(new ListBucketsCommand({}));
  expect(stored?.map(({ Name }) => Name)).toContain(`acme-${account}-my-source`);
  const { Buckets } = await s3.send(new ListBucketsCommand({}));
  expect(Buckets?.map(({ Name }) => Name)).toEqual(['my-artifacts', 'my-releases', 'my-source']);
  await s3.send(new HeadBucketCommand({ Bucket: 'my-source' }));

  const where = { Bucket: 'my-source', Key: 'a folder/ü+1' };
  const metadata = { Metadata: { note: 'x' }, ContentType: 'text/plain', Tagging: 'a=1' };
  const first = await s3.send(
    new PutObjectCommand({ ...where, Body: 'first', ...metadata, ChecksumAlgorithm: 'SHA256' }),
  );
  expect(first).toMatchObject({ VersionId: expect.any(String), ChecksumSHA256: expect.any(String) });
  const second = await s3.send(new PutObjectCommand({ ...where, Body: 'second', Tagging: 'b=2' }));
  const old = await s3.send(new GetObjectCommand({ ...where, VersionId: first.VersionId, Range: 'bytes=1-2' }));
  expect(old).toMatchObject({ ContentRange: 'bytes 1-2/5', Metadata: { note: 'x' }, ContentType: 'text/plain' });
  expect(await old.Body?.transformToString()).toBe('ir');
  expect(await s3.send(new HeadObjectCommand(where))).toMatchObject({ ContentLength: 6, ETag: second.ETag });
  await expect(s3.send(new GetObjectCommand({ ...where, IfNoneMatch: second.ETag }))).rejects.toMatchObject({
    $metadata: { httpStatusCode: 304 },
  });
  await expect(s3.send(new PutObjectCommand({ ...where, Body: 'x', IfNoneMatch: '*' }))).rejects.toMatchObject({
    name: 'PreconditionFailed',
  });
  await s3.send(new PutObjectTaggingCommand({ ...where, Tagging: { TagSet: [{ Key: 'c', Value: '3' }] } }));
  expect((await s3.send(new GetObjectTaggingCommand(where))).TagSet).toEqual([{ Key: 'c', Value: '3' }]);

  const CopySource = `my-source/${encodeURIComponent(where.Key)}?versionId=${first.VersionId}`;
  const copy = { Bucket: 'my-releases', Key: 'copy' };
  await s3.send(new CopyObjectCommand({ ...copy, CopySource }));
  expect(await (await s3.send(new GetObjectCommand(copy))).Body?.transformToString()).toBe('first');

  const part = Buffer.alloc(5 * 1024 * 1024, 'x');
  const large = { Bucket: 'my-releases', Key: 'large' };
  const { UploadId } = await s3.send(new CreateMultipartUploadCommand({ ...large, ServerSideEncryption: 'aws:kms' }));
  const one = await s3.send(new UploadPartCommand({ ...large, UploadId, PartNumber: 1, Body: part }));
  const two = await s3.send(new UploadPartCopyCommand({ ...large, UploadId, PartNumber: 2, CopySource }));
  const Parts = [
    { PartNumber: 1, ETag: one.ETag, ChecksumCRC32: one.ChecksumCRC32 },
    { PartNumber: 2, ETag: two.CopyPartResult?.ETag },
  ];
  const done = await s3.send(new CompleteMultipartUploadCommand({ ...large, UploadId, MultipartUpload: { Parts } }));
  expect(done).toMatchObject({ Bucket: 'my-releases', Location: `${server.url}/my-releases/large` });
  expect(await s3.send(new HeadObjectCommand(large))).toMatchObject({ ContentLength: part.length + 5 });

  const page = { Name: 'my-releases', IsTruncated: true, Contents: [{ Key: 'copy' }] };
  const limits = { Bucket: 'my-releases', MaxKeys: 1 };
  expect(await s3.send(new ListObjectsCommand(limits))).toMatchObject(page);
  expect(await s3.send(new ListObjectsV2Command(limits))).toMatchObject(page);
  const { Versions } = await s3.send(new ListObjectVersionsCommand({ Bucket: 'my-source', Prefix: 'a ' }));
  expect(Versions?.map(({ VersionId }) => VersionId)).toEqual([second.VersionId, first.VersionId]);
  const Objects = [{ Key: 'copy' }, { Key: 'large' }];
  await s3.send(new DeleteObjectsCommand({ Bucket: 'my-releases', Delete: { Objects } }));
  await expect(s3.send(new HeadObjectCommand(copy))).rejects.toMatchObject({ name: 'NotFound' });
  await expect(s3.send(new GetObjectCommand({ Bucket: 'none', Key: 'x' }))).rejects.toMatchObject({
    name: 'NoSuchBucket',
    BucketName: 'none',
  });
});

test('retention removes all versions of old artifacts from the external store', async () => {
  const server = await serveWithStore({ historyDays: 1 });
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const job = await pollOne(client);
  const { bucketName: Bucket, objectKey: Key = '' } = job.data.outputArtifacts?.[0]?.location?.s3Location ?? {};
  await server.s3(job.data.artifactCredentials as Keys).send(new PutObjectCommand({ Bucket, Key, Body: 'report' }));
  await server.s3().send(new PutObjectCommand({ Bucket, Key: `${Key}-not-of-a-pipeline`, Body: 'stays' }));
  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  // Two more executions, so that the first is neither the latest nor the target of a rollback.
  for (let count = 0; count < 2; count += 1) {
    const id = await startAgain(client);
    const next = await pollOne(client);
    const place = next.data.outputArtifacts?.[0]?.location?.s3Location;
    const put = { Bucket: place?.bucketName, Key: place?.objectKey, Body: 'report' };
    await server.s3(next.data.artifactCredentials as Keys).send(new PutObjectCommand(put));
    await client.send(new PutJobSuccessResultCommand({ jobId: next.id }));
    await waitForStatus(client, id, 'Succeeded');
  }
  server.clock.advance(3 * dayMs);
  const store = server.store.s3();
  await vi.waitFor(
    async () => {
      const { Contents = [] } = await store.send(new ListObjectsV2Command({ Bucket }));
      const keys = Contents.map((object) => object.Key);
      expect(keys).not.toContain(Key);
      expect(keys).toContain(`${Key}-not-of-a-pipeline`);
    },
    { timeout: 20_000 },
  );
});

test("with assume-role a worker gets the store's credentials for exactly its objects (decision 11)", async () => {
  const store = await serve({ roles: await writeRoles() });
  const server = await serve({
    ...externalTo(store.url),
    artifactStoreCredentials: 'assume-role',
    artifactStoreRole: role,
  });
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const job = await pollOne(client);
  await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  const keys = job.data.artifactCredentials as Keys;
  const input = job.data.inputArtifacts?.[0]?.location?.s3Location;
  const output = job.data.outputArtifacts?.[0]?.location?.s3Location;
  const direct = store.s3(keys);
  const source = { Bucket: input?.bucketName, Key: input?.objectKey };
  const report = { Bucket: output?.bucketName, Key: output?.objectKey, Body: 'all green' };
  expect(await (await direct.send(new GetObjectCommand(source))).Body?.transformToString()).toBe('the source');
  await direct.send(new PutObjectCommand(report));
  const refused = { name: 'AccessDenied' };
  await expect(direct.send(new PutObjectCommand({ ...source, Body: 'x' }))).rejects.toMatchObject(refused);
  await expect(direct.send(new GetObjectCommand({ Bucket: 'my-source', Key: 'app.zip' }))).rejects.toMatchObject(
    refused,
  );
  await expect(direct.send(new ListObjectsV2Command({ Bucket: source.Bucket }))).rejects.toMatchObject(refused);
  await expect(server.s3(keys).send(new GetObjectCommand(source))).rejects.toMatchObject({ name: 'InvalidToken' });

  await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
  const late = store.s3(jobDetails?.data?.artifactCredentials as Keys);
  await late.send(new GetObjectCommand(source));
  await expect(late.send(new PutObjectCommand(report))).rejects.toMatchObject(refused);
});

test('if the store returns no credentials, the poll fails and the job is offered again', async () => {
  const store = await serve({ roles: await writeRoles() });
  const server = await serve({
    ...externalTo(store.url),
    artifactStoreCredentials: 'assume-role',
    artifactStoreRole: `${role}-that-is-not-there`,
    leaseSeconds: 1,
  });
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const failure = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } };
  const failed = async () => expect(client.send(new PollForJobsCommand(poll))).rejects.toMatchObject(failure);
  await vi.waitFor(failed, { timeout: 10_000, interval: 50 });
  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  server.clock.advance(1001);
  client.config.systemClockOffset = 1001;
  await failed();
});

function externalTo(url: string) {
  return {
    artifactStore: url,
    artifactStoreAccessKeyId: rootKey.accessKeyId,
    artifactStoreSecretAccessKey: rootKey.secretAccessKey,
  };
}

async function writeRoles(): Promise<string> {
  const file = join(await temporaryFolder(), 'roles.json');
  const policy = { Version: '2012-10-17', Statement: [{ Effect: 'Allow', Action: 's3:*', Resource: '*' }] };
  await writeFile(file, JSON.stringify([{ name: 'artifacts', policies: [policy] }]));
  return file;
}
