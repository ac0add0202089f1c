import { join } from 'node:path';
import { AcknowledgeJobCommand, CodePipelineClient, PutJobSuccessResultCommand } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { pollOne, startStory, waitForStatus } from '../support/pipelines/scenario.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { clientConfig, type Keys, region, rootKey } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { startDebianPostgres } from './debian-postgres.ts';
import { docBlock, runDocBlock } from './doc-block.ts';

vi.setConfig({ testTimeout: 180_000 });

test('docs/cluster.md: an open job survives the move to a database and an external store', async () => {
  const folder = await temporaryFolder();
  const data = join(folder, 'data');
  const database = await startDebianPostgres();
  const clientsOf = ({ url }: { url: string }, keys: Keys = rootKey) => ({
    codePipeline: new CodePipelineClient(clientConfig(url)),
    s3: new S3Client(clientConfig(url, keys)),
  });
  const embedded = await startProcess(data);
  const { codePipeline, s3 } = clientsOf(embedded);
  const executionId = await startStory(codePipeline, s3);
  await s3.send(new PutObjectCommand({ Bucket: 'my-releases', Key: 'a folder/ü', Body: 'kept' }));
  const job = await pollOne(codePipeline);
  await codePipeline.send(new AcknowledgeJobCommand({ jobId: job.id, nonce: job.nonce }));
  await embedded.end('SIGTERM');
  expect(await runMillrace('copy', '--from', data, '--to', database.url)).toMatchObject({ code: 0 });

  const single = await startProcess(data, ['--database-url', database.url]);
  const store = await startProcess(join(folder, 'store'));
  await runDocBlock(
    await docBlock('cluster.md', 'carry-objects'),
    {
      HOME: folder,
      AWS_ACCESS_KEY_ID: rootKey.accessKeyId,
      AWS_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
      AWS_DEFAULT_REGION: region,
      AWS_EC2_METADATA_DISABLED: 'true',
      STORE_URL: store.url,
      STORE_KEY_ID: rootKey.accessKeyId,
      STORE_SECRET: rootKey.secretAccessKey,
    },
    // Debian's client ignores AWS_ENDPOINT_URL; if the option is repeated, the last one counts.
    { folder, before: `aws() { /usr/bin/aws --endpoint-url '${single.url}' "$@"; }` },
  );
  await single.end('SIGTERM');

  vi.stubEnv('MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID', rootKey.accessKeyId);
  vi.stubEnv('MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY', rootKey.secretAccessKey);
  onTestFinished(() => void vi.unstubAllEnvs());
  const node = await startProcess(join(folder, 'node'), [
    ...['--database-url', database.url, '--artifact-store', store.url],
    ...['--master-keys', join(data, 'master-keys.json')],
  ]);
  const worker = clientsOf(node, job.data.artifactCredentials as Keys).s3;
  const placeOf = (artifacts = job.data.inputArtifacts) => {
    const { bucketName: Bucket, objectKey: Key } = artifacts?.[0]?.location?.s3Location ?? {};
    return { Bucket, Key };
  };
  const source = await worker.send(new GetObjectCommand(placeOf()));
  expect(await source.Body?.transformToString()).toBe('the source');
  await worker.send(new PutObjectCommand({ ...placeOf(job.data.outputArtifacts), Body: 'all green' }));
  await clientsOf(node).codePipeline.send(new PutJobSuccessResultCommand({ jobId: job.id }));
  await waitForStatus(clientsOf(node).codePipeline, executionId, 'Succeeded');
  for (const [Key, text] of [
    ['a folder/ü', 'kept'],
    ['report.txt', 'all green'],
  ]) {
    const object = await clientsOf(node).s3.send(new GetObjectCommand({ Bucket: 'my-releases', Key }));
    expect(await object.Body?.transformToString()).toBe(text);
  }
});
