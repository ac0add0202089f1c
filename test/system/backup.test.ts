import { rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CodePipelineClient,
  DeletePipelineCommand,
  PutJobSuccessResultCommand,
  StopPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { DeleteObjectCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import {
  type Clients,
  fillInstallation,
  type HeldJob,
  readInstallation,
  settleInstallation,
} from '../support/servers/full-installation.ts';
import { clientConfig } from '../support/servers/server.ts';
import { type ServerProcess, startProcess, temporaryFolder } from '../support/servers/server-process.ts';
import { startDebianPostgres } from './debian-postgres.ts';
import { docBlock, runDocBlock } from './doc-block.ts';

vi.setConfig({ testTimeout: 120_000 });

// Keeps the URLs of webhooks the same before and after.
const options = ['--public-url', 'https://mill.example.org'];

const clientsOf = ({ url }: ServerProcess): Clients => ({
  url,
  codePipeline: new CodePipelineClient(clientConfig(url)),
  s3: new S3Client(clientConfig(url)),
});

/** What must no longer exist after the restore. */
async function ruin(server: ServerProcess, { job }: HeldJob): Promise<void> {
  const { codePipeline, s3 } = clientsOf(server);
  const pipelineExecutionId = job.data.pipelineContext?.pipelineExecutionId;
  await codePipeline.send(
    new StopPipelineExecutionCommand({ pipelineName: 'PARALLEL', pipelineExecutionId, abandon: true }),
  );
  await codePipeline.send(new DeletePipelineCommand({ name: 'QUEUED' }));
  await s3.send(new DeleteObjectCommand({ Bucket: 'my-source', Key: 'a key/ü' }));
}

/** Expects that everything is restored, and that a worker can finish a job it held before. */
async function expectAll(server: ServerProcess, before: unknown, { job, keys, output }: HeldJob): Promise<void> {
  expect(await readInstallation(clientsOf(server))).toEqual(before);
  const worker = new S3Client(clientConfig(server.url, keys));
  const input = job.data.inputArtifacts?.[0]?.location?.s3Location;
  const source = await worker.send(new GetObjectCommand({ Bucket: input?.bucketName, Key: input?.objectKey }));
  expect(await source.Body?.transformToString()).toBe('the source');
  await worker.send(new PutObjectCommand({ ...output, Body: 'all green' }));
  await clientsOf(server).codePipeline.send(new PutJobSuccessResultCommand({ jobId: job.id }));
}

async function places() {
  const folder = await temporaryFolder();
  return { DATA: join(folder, 'data'), BACKUP: join(folder, 'backup') };
}

test('docs/operating.md: a data folder copied while its server was stopped is restored completely', async () => {
  const env = await places();
  const first = await startProcess(env.DATA, options);
  const held = await fillInstallation(clientsOf(first));
  await settleInstallation(clientsOf(first));
  const before = await readInstallation(clientsOf(first));
  await first.end('SIGTERM');
  await runDocBlock(await docBlock('operating.md', 'backup-folder'), env);

  const second = await startProcess(env.DATA, options);
  await ruin(second, held);
  await second.end('SIGKILL');
  await rm(env.DATA, { recursive: true });
  await runDocBlock(await docBlock('operating.md', 'restore-folder'), env);
  expect((await stat(env.DATA)).mode & 0o777).toBe(0o700);
  await expectAll(await startProcess(env.DATA, options), before, held);
});

test('docs/operating.md: a database dumped while its node was running is restored completely', async () => {
  const [env, database, empty] = [await places(), await startDebianPostgres(), await startDebianPostgres()];
  onTestFinished(() => rm(env.BACKUP, { recursive: true, force: true }));
  const first = await startProcess(env.DATA, [...options, '--database-url', database.url]);
  const held = await fillInstallation(clientsOf(first));
  await settleInstallation(clientsOf(first));
  const before = await readInstallation(clientsOf(first));
  await runDocBlock(await docBlock('operating.md', 'backup-database'), {
    ...env,
    MILLRACE_DATABASE_URL: database.url,
  });

  await ruin(first, held);
  await first.end('SIGKILL');
  await database.kill();
  await rm(env.DATA, { recursive: true });
  await runDocBlock(await docBlock('operating.md', 'restore-database'), { ...env, MILLRACE_DATABASE_URL: empty.url });
  await expectAll(await startProcess(env.DATA, [...options, '--database-url', empty.url]), before, held);
});
