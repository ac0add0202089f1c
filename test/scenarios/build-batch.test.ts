import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import {
  BatchGetBuildBatchesCommand,
  type BuildBatch,
  CodeBuildClient,
  ListBuildBatchesForProjectCommand,
  StartBuildBatchCommand,
  StopBuildBatchCommand,
} from '@aws-sdk/client-codebuild';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { packFolder } from '../../src/worker/archives/pack-folder.ts';
import { codeBuild } from '../support/builds/codebuild-client.ts';
import { startRunnerProcess } from '../support/builds/runner-process.ts';
import { createRepository } from '../support/git/repository.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { clientConfig, serve } from '../support/servers/server.ts';
import { temporaryFolder } from '../support/servers/server-process.ts';

const waiting = { timeout: 30_000, interval: 100 };

const buildspec = (batch: string) => `version: 0.2
env: { exported-variables: [SAID] }
batch:
${batch}
phases: { build: { commands: ['SAID="$CODEBUILD_BATCH_BUILD_IDENTIFIER $WORD"; test "$WORD" != bad'] } }
`;

async function start({ hasRunner = true } = {}) {
  const server = await serve();
  if (hasRunner) await startRunnerProcess(server.url);
  const builds = codeBuild(server.url);
  const client = new CodeBuildClient(clientConfig(server.url));
  const find = async (id = '') => (await client.send(new BatchGetBuildBatchesCommand({ ids: [id] }))).buildBatches?.[0];
  return {
    server,
    builds,
    client,
    find,
    begin: async (projectName: string, more: object = {}) =>
      (await client.send(new StartBuildBatchCommand({ projectName, ...more }))).buildBatch as BuildBatch,
    untilEnded: (id = '') =>
      vi.waitFor(async () => {
        const batch = await find(id);
        if (!batch?.complete) throw new Error(`the batch is in ${batch?.currentPhase}`);
        return batch;
      }, waiting),
  };
}

const statusesOf = ({ buildGroups = [] }: BuildBatch) =>
  Object.fromEntries(buildGroups.map((group) => [group.identifier, group.currentBuildSummary?.buildStatus]));

test('a graph of a repository builds what succeeds, in its order', async () => {
  const { server, builds, begin, client, untilEnded } = await start();
  const repository = createRepository();
  repository.write(
    'ci/spec.yml',
    buildspec(`  build-graph:
    - { identifier: first, env: { variables: { WORD: good } } }
    - { identifier: broken, ignore-failure: true, env: { variables: { WORD: bad } } }
    - { identifier: last, depend-on: [first, broken] }
    - { identifier: wrong, depend-on: [last], env: { variables: { WORD: bad } } }
    - { identifier: never, depend-on: [wrong] }`),
  );
  const commit = repository.commit('first');
  const document = JSON.stringify({ url: repository.url, fullRepositoryId: 'team/shop' });
  await callOwn(server.url, 'ApplyResources', { resources: [{ kind: 'Repository', name: 'shop', document }] });
  const source = { type: 'GITHUB', location: 'https://github.com/team/shop.git', buildspec: 'ci/spec.yml' } as const;
  await builds.createProject('shop', '', { source });
  const batch = await untilEnded((await begin('shop')).id);
  expect(batch).toMatchObject({ buildBatchStatus: 'FAILED', buildBatchNumber: 1, resolvedSourceVersion: commit });
  expect(statusesOf(batch)).toEqual({ first: 'SUCCEEDED', broken: 'FAILED', last: 'SUCCEEDED', wrong: 'FAILED' });
  expect(batch.phases?.map(({ phaseType, phaseStatus }) => [phaseType, phaseStatus])).toEqual([
    ['SUBMITTED', 'SUCCEEDED'],
    ['DOWNLOAD_BATCHSPEC', 'SUCCEEDED'],
    ['IN_PROGRESS', 'FAILED'],
    ['FAILED', 'SUCCEEDED'],
  ]);
  const arn = batch.buildGroups?.[0]?.currentBuildSummary?.arn ?? '';
  expect(await builds.find(arn)).toMatchObject({
    buildBatchArn: batch.arn,
    exportedEnvironmentVariables: [{ name: 'SAID', value: 'first good' }],
  });
  expect((await client.send(new ListBuildBatchesForProjectCommand({ projectName: 'shop' }))).ids).toEqual([batch.id]);
});

test('a batch of an archive that is stopped ends with its builds', async () => {
  const { server, builds, begin, client, find, untilEnded } = await start({ hasRunner: false });
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'buildspec.yml'), buildspec('  build-list: [{ identifier: a }, { identifier: b }]'));
  const s3 = server.s3();
  await s3.send(new CreateBucketCommand({ Bucket: 'code' }));
  const Body = await buffer(await packFolder(folder));
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'src.zip', Body }));
  await builds.createProject('list', '', { source: { type: 'S3', location: 'code/src.zip' } });
  await builds.createProject('none', '', { source: { type: 'S3', location: 'code/none.zip' } });
  const none = await untilEnded((await begin('none')).id);
  expect(none.phases?.[1]?.contexts?.[0]?.message).toBe('s3://code/none.zip does not exist.');
  const { id } = await begin('list');
  await vi.waitFor(async () => expect(statusesOf((await find(id)) ?? {})).toMatchObject({ a: 'IN_PROGRESS' }), waiting);
  await client.send(new StopBuildBatchCommand({ id }));
  const batch = await untilEnded(id);
  expect(batch.buildBatchStatus).toBe('STOPPED');
  expect(statusesOf(batch)).toEqual({ a: 'STOPPED', b: 'STOPPED' });
});

test.each([
  ['version: 0.2\nphases: { build: { commands: [a] } }', 'YAML_FILE_ERROR', 'The buildspec has no batch.'],
  [buildspec('  build-list: [{ identifier: a-b }]'), 'YAML_FILE_ERROR', "Invalid identifier 'a-b'"],
  [
    buildspec('  build-list: [{ identifier: a }, { identifier: b }]'),
    'CLIENT_ERROR',
    'The batch has 2 builds; the restrictions of the project allow 1.',
  ],
])('a batch of %j fails before it builds', async (text, statusCode, message) => {
  const { builds, begin, untilEnded } = await start({ hasRunner: false });
  await builds.createProject('shop', text);
  const restrictions = { maximumBuildsAllowed: 1 };
  const batch = await untilEnded((await begin('shop', { buildBatchConfigOverride: { restrictions } })).id);
  expect(batch.buildBatchStatus).toBe('FAILED');
  const context = { statusCode, message: expect.stringContaining(message) as string };
  expect(batch.phases?.[1]).toMatchObject({
    phaseType: 'DOWNLOAD_BATCHSPEC',
    phaseStatus: 'FAILED',
    contexts: [context],
  });
  expect(batch.buildGroups).toEqual([]);
});

test('what can not be had is refused', async () => {
  const { builds, begin, client } = await start({ hasRunner: false });
  await builds.createProject('shop', buildspec('  build-list: [{ identifier: a }]'));
  const refused = (promise: Promise<unknown>, name: string, message: string) =>
    expect(promise).rejects.toMatchObject({ name, message: expect.stringContaining(message) as string });
  const combined = { buildBatchConfigOverride: { combineArtifacts: true } };
  await refused(begin('shop', combined), 'InvalidInputException', 'combineArtifacts is not supported');
  await refused(begin('shop', { debugSessionEnabled: true }), 'InvalidInputException', 'Debug sessions');
  await refused(begin('none'), 'ResourceNotFoundException', 'Project cannot be found');
  await refused(client.send(new StopBuildBatchCommand({ id: 'shop:1' })), 'ResourceNotFoundException', 'shop:1');
  await refused(client.send(new StopBuildBatchCommand({ id: 'shop' })), 'InvalidInputException', 'PROJECT:UUID');
  const list = new ListBuildBatchesForProjectCommand({ projectName: 'none' });
  await refused(client.send(list), 'ResourceNotFoundException', 'Project cannot be found');
  const unknown = await client.send(new BatchGetBuildBatchesCommand({ ids: ['shop:1', 'x'] }));
  expect(unknown).toMatchObject({ buildBatches: [], buildBatchesNotFound: ['shop:1', 'x'] });
});
