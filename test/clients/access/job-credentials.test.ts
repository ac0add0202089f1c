import {
  AcknowledgeJobCommand,
  GetJobDetailsCommand,
  ListPipelinesCommand,
  PutJobSuccessResultCommand,
} from '@aws-sdk/client-codepipeline';
import {
  DeleteObjectCommand,
  GetObjectAttributesCommand,
  GetObjectCommand,
  HeadObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  type S3Client,
  waitUntilObjectExists,
} from '@aws-sdk/client-s3';
import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts';
import { describe, expect, test } from 'vitest';
import { pollOne, startAgain, startStory } from '../../support/pipelines/scenario.ts';
import { serveWithStore } from '../../support/servers/external-store.ts';
import { account, clientConfig, type Keys, serve, type TestServer } from '../../support/servers/server.ts';

async function startOneJob(server: TestServer) {
  const client = server.codePipeline();
  await startStory(client, server.s3());
  const job = await pollOne(client);
  const place = (artifact = job.data.inputArtifacts?.[0]) => ({
    Bucket: artifact?.location?.s3Location?.bucketName,
    Key: artifact?.location?.s3Location?.objectKey,
  });
  const keys = job.data.artifactCredentials as Keys;
  return { server, client, job, keys, input: place(), output: place(job.data.outputArtifacts?.[0]) };
}

const refused = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

describe.each([
  ['in the data folder', () => serve()],
  ['in an external store', () => serveWithStore()],
])('with artifacts %s', (_where, start: () => Promise<TestServer>) => {
  const serveOneJob = async () => startOneJob(await start());

  test('the credentials of a job allow reading its inputs, writing and reading back its outputs, and nothing else', async () => {
    const { server, keys, input, output } = await serveOneJob();
    const s3 = server.s3(keys);
    await s3.send(new HeadObjectCommand(input));
    await s3.send(new GetObjectCommand(input));
    await expect(s3.send(new HeadObjectCommand(output))).rejects.toMatchObject({ name: 'NotFound' });
    const { ETag } = await s3.send(new PutObjectCommand({ ...output, Body: 'report' }));
    expect(await s3.send(new HeadObjectCommand(output))).toMatchObject({ ContentLength: 6, ETag });
    await waitUntilObjectExists({ client: s3, maxWaitTime: 10 }, output);
    const back = await s3.send(new GetObjectCommand(output));
    expect(await back.Body?.transformToString()).toBe('report');
    const attempts: ((s3: S3Client) => Promise<unknown>)[] = [
      () => s3.send(new GetObjectCommand({ ...input, Key: 'MySecondPipeline/MyAppBuild/another' })),
      () => s3.send(new GetObjectCommand({ Bucket: 'my-source', Key: 'app.zip' })),
      () => s3.send(new GetObjectAttributesCommand({ ...output, ObjectAttributes: ['ETag'] })),
      () => s3.send(new PutObjectCommand({ ...input, Body: 'changed' })),
      () => s3.send(new DeleteObjectCommand(output)),
      () => s3.send(new ListObjectsV2Command({ Bucket: input.Bucket })),
      () => s3.send(new GetObjectCommand({ Bucket: 'no-such-bucket', Key: 'x' })),
    ];
    for (const attempt of attempts) await expect(attempt(s3)).rejects.toMatchObject(refused);
    await expect(server.codePipeline(keys).send(new ListPipelinesCommand({}))).rejects.toMatchObject({
      name: 'AccessDeniedException',
    });
  });

  test("another job's objects are not accessible", async () => {
    const { server, client, keys, job } = await serveOneJob();
    await client.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
    await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
    await startAgain(client);
    const other = await pollOne(client);
    const location = other.data.inputArtifacts?.[0]?.location?.s3Location;
    const call = server.s3(keys).send(new GetObjectCommand({ Bucket: location?.bucketName, Key: location?.objectKey }));
    await expect(call).rejects.toMatchObject(refused);
  });

  test('rejects a changed, missing, foreign or expired session token (clients 36)', async () => {
    const { server, keys, input } = await serveOneJob();
    const elsewhere = await serveOneJob();
    const { sessionToken = '' } = keys;
    const flipped = `${sessionToken.slice(0, -3)}${sessionToken.endsWith('AAA') ? 'BBB' : 'AAA'}`;
    const attempts: [Keys, string][] = [
      [{ ...keys, sessionToken: flipped }, 'InvalidToken'],
      [{ ...keys, sessionToken: undefined }, 'InvalidAccessKeyId'],
      [elsewhere.keys, 'InvalidToken'],
      [{ ...keys, secretAccessKey: 'wrong' }, 'SignatureDoesNotMatch'],
    ];
    for (const [attempt, name] of attempts) {
      await expect(server.s3(attempt).send(new GetObjectCommand(input))).rejects.toMatchObject({ name });
    }
    server.clock.advance(15 * 60_000 + 1000);
    const late = server.s3(keys);
    late.config.systemClockOffset = 15 * 60_000;
    await expect(late.send(new GetObjectCommand(input))).rejects.toMatchObject({ name: 'ExpiredToken' });
  });

  test('GetJobDetails returns new credentials at any time, for reading only after the job has ended (decision 12)', async () => {
    const { server, client, job, keys, input, output } = await serveOneJob();
    const refresh = async () => {
      const { jobDetails } = await client.send(new GetJobDetailsCommand({ jobId: job.id }));
      expect(jobDetails).not.toHaveProperty('nonce');
      return jobDetails?.data?.artifactCredentials as Keys;
    };
    const fresh = await refresh();
    expect(fresh.accessKeyId).not.toBe(keys.accessKeyId);
    await server.s3(fresh).send(new PutObjectCommand({ ...output, Body: 'x' }));
    await client.send(new PutJobSuccessResultCommand({ jobId: job.id }));
    const last = server.s3(await refresh());
    await last.send(new GetObjectCommand(input));
    await expect(last.send(new PutObjectCommand({ ...output, Body: 'y' }))).rejects.toMatchObject(refused);
  });

  test('GetCallerIdentity names the root of the account, and with the credentials of a job an assumed role', async () => {
    const { server, keys, job } = await serveOneJob();
    const ask = (asker?: Keys) => new STSClient(clientConfig(server.url, asker)).send(new GetCallerIdentityCommand({}));
    expect(await ask()).toMatchObject({ Account: account, Arn: `arn:aws:iam::${account}:root` });
    expect(await ask(keys)).toMatchObject({
      Account: account,
      Arn: `arn:aws:sts::${account}:assumed-role/pipeline-role/${job.id}`,
    });
  });
});
