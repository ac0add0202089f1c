import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodePipelineClient, GetJobDetailsCommand, ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test, vi } from 'vitest';
import { createDatabase } from '../support/databases/postgres-database.ts';
import { pollOne, startStory, testAction, threeStages } from '../support/pipelines/scenario.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { callOwn, createKey } from '../support/requests/own-api.ts';
import { clientConfig, type Keys, rootKey, serve } from '../support/servers/server.ts';
import { type ServerProcess, startProcess, temporaryFolder } from '../support/servers/server-process.ts';

vi.setConfig({ testTimeout: 60_000 });

const storeKeys = {
  MILLRACE_ARTIFACT_STORE_ACCESS_KEY_ID: rootKey.accessKeyId,
  MILLRACE_ARTIFACT_STORE_SECRET_ACCESS_KEY: rootKey.secretAccessKey,
};

interface Node {
  keys: string;
  server: ServerProcess;
  restart(): Promise<void>;
}

/** Starts two nodes of one database, each with its own file of master keys. */
async function startNodes(): Promise<[Node, Node]> {
  const store = await serve();
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  for (const [name, value] of Object.entries(storeKeys)) vi.stubEnv(name, value);
  onTestFinished(() => void vi.unstubAllEnvs());
  const start = async (data: string): Promise<Node> => {
    const keys = join(data, 'keys.json');
    const options = ['--database-url', database.url, '--artifact-store', store.url, '--master-keys', keys];
    const node: Node = {
      keys,
      server: await startProcess(data, options),
      async restart() {
        await node.server.end('SIGTERM');
        node.server = await startProcess(data, options);
      },
    };
    return node;
  };
  const folders = [await temporaryFolder(), await temporaryFolder()] as const;
  const first = await start(folders[0]);
  await copyFile(first.keys, join(folders[1], 'keys.json'));
  return [first, await start(folders[1])];
}

test('two nodes rotate their master key in two steps, and each can always open what the other has sealed', async () => {
  const [first, second] = await startNodes();
  const nodes = [first, second];
  const secretive = { ...testAction, configuration: { ProjectName: 'JenkinsTestProject', Token: 'hidden' } };
  const client = new CodePipelineClient(clientConfig(first.server.url));
  await startStory(client, new S3Client(clientConfig(first.server.url)), threeStages(secretive));
  const { id: jobId, data } = await pollOne(client);
  const { bucketName: Bucket, objectKey: Key } = data.inputArtifacts?.[0]?.location?.s3Location ?? {};
  const workers: Keys[] = [];
  const holders: Keys[] = [];
  /** Has each node create credentials and seal a key, then open everything that was ever sealed. */
  const check = async (version: [number, number]) => {
    for (const [index, { server }] of nodes.entries()) {
      const details = await new CodePipelineClient(clientConfig(server.url)).send(new GetJobDetailsCommand({ jobId }));
      expect(details.jobDetails?.data?.actionConfiguration?.configuration).toMatchObject({ Token: 'hidden' });
      const minted = details.jobDetails?.data?.artifactCredentials as Required<Keys>;
      expect(minted.sessionToken).toMatch(new RegExp(`^s1\\.${version[index]}\\.`));
      workers.push(minted);
      holders.push(await createKey(server.url, `holder-${holders.length}`, ['codepipeline:ListPipelines']));
    }
    for (const { server } of nodes) {
      for (const keys of workers)
        await new S3Client(clientConfig(server.url, keys)).send(new GetObjectCommand({ Bucket, Key }));
      for (const keys of holders) {
        await new CodePipelineClient(clientConfig(server.url, keys)).send(new ListPipelinesCommand({}));
      }
    }
  };
  await check([1, 1]);
  const added = await runMillrace('master-keys', 'add', '--file', first.keys);
  expect(added).toMatchObject({ code: 0, printed: [expect.stringContaining('now has version 2'), expect.anything()] });
  await first.restart();
  await check([1, 1]);
  await copyFile(first.keys, second.keys);
  await second.restart();
  await check([1, 1]);
  expect(await runMillrace('master-keys', 'use', '2', '--file', first.keys)).toMatchObject({ code: 0 });
  await first.restart();
  await check([2, 1]);
  await copyFile(first.keys, second.keys);
  await second.restart();
  await check([2, 2]);
});

test('with a database the online rotation is rejected, naming the two steps', async () => {
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const folder = await temporaryFolder();
  const { url } = await startProcess(folder, ['--database-url', database.url]);
  const { status, answer } = await callOwn(url, 'RotateMasterKey', {});
  expect([status, answer]).toEqual([
    400,
    { __type: 'ValidationException', message: expect.stringMatching(/master-keys add, then millrace master-keys use/) },
  ]);
  const listed = await runMillrace('master-keys', 'list', '--file', join(folder, 'master-keys.json'));
  expect(listed.printed).toEqual(['1  current']);
});

test('wrong versions and files: exit code 2 for invalid arguments, 1 for missing things', async () => {
  const file = join(await temporaryFolder(), 'keys.json');
  expect(await runMillrace('master-keys', 'use', 'two', '--file', file)).toMatchObject({ code: 2 });
  expect(await runMillrace('master-keys', 'use', '2')).toMatchObject({ code: 2 });
  for (const args of [['add'], ['list'], ['use', '2']]) {
    const { code, complained } = await runMillrace('master-keys', ...args, '--file', file);
    expect([code, complained]).toEqual([1, [expect.stringContaining(file)]]);
  }
});
