import { CreateBucketCommand, GetObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { describe, expect, test } from 'vitest';
import type { ClaimBuildsOutput, ClaimedBuild } from '../../../src/contract/generated.ts';
import type { BuildOrder } from '../../../src/model/build.ts';
import { createBuild, withStore } from '../../support/builds/create-build.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { sendRaw } from '../../support/requests/signed-request.ts';
import { serveWithStore } from '../../support/servers/external-store.ts';
import { account, type Keys, region, serve, type TestServer } from '../../support/servers/server.ts';

const runner = 'millstone:1';
const source = { type: 'S3', bucket: 'wheat', key: 'source.zip' } as const;
const refused = { name: 'AccessDenied', $metadata: { httpStatusCode: 403 } };

async function claim(server: TestServer, input: object = {}, keys?: Keys): Promise<ClaimedBuild[]> {
  return (await callOwn<ClaimBuildsOutput>(server.url, 'ClaimBuilds', { runner, ...input }, keys)).answer.builds;
}

async function claimOne(server: TestServer): Promise<ClaimedBuild> {
  const [build, ...others] = await claim(server, { maxBuilds: 10 });
  if (!build || others.length > 0) throw new Error('expected one build');
  return build;
}

/** Calls an operation about a claim; returns the response. */
async function callAbout(
  server: TestServer,
  operation: string,
  { buildArn, fence }: { buildArn: string; fence: number },
  input: object = {},
): Promise<Record<string, unknown>> {
  return (await callOwn(server.url, operation, { buildArn, fence, ...input })).answer;
}

const findBuild = (server: TestServer, id: string) =>
  withStore(server.folder, ({ builds }) => builds.find({ account, region }, id));

test('a build is claimed, goes through its phases and ends as its runner says', async () => {
  const server = await serve();
  expect(await claim(server)).toEqual([]);
  await createBuild(server.folder, '1');
  const build = await claimOne(server);
  expect(build).toMatchObject({
    buildArn: `arn:aws:codebuild:${region}:${account}:build/mill:1`,
    number: 1,
    attempt: 1,
    leaseSeconds: 30,
  });
  expect((JSON.parse(build.order) as BuildOrder).projectName).toBe('mill');
  expect(await claim(server)).toEqual([]);
  expect(await callAbout(server, 'RenewBuild', build)).toEqual({ stopRequested: false });
  const phase = { type: 'INSTALL', startedAt: 5 };
  expect(await callAbout(server, 'PutBuildProgress', build, { phases: [phase] })).toEqual({});
  expect(await findBuild(server, 'mill:1')).toMatchObject({ currentPhase: 'INSTALL', runner });
  const failure = { code: 'COMMAND_EXECUTION_ERROR', message: 'exit status 1' };
  const end = {
    status: 'FAILED',
    phases: [{ ...phase, endedAt: 7, status: 'FAILED', failure }],
    exportedVariables: [{ name: 'TAG', value: '1' }],
    reports: [{ name: 'unit', fileFormat: 'JUNITXML', files: 1, totals: '{"total":2}' }],
    artifacts: [{ location: 'flour/out.zip' }],
    failure,
  };
  expect(await callAbout(server, 'FinishBuild', build, end)).toEqual({});
  expect(await callAbout(server, 'FinishBuild', build, end)).toEqual({});
  expect(await findBuild(server, 'mill:1')).toMatchObject({
    ...end,
    phases: expect.arrayContaining(end.phases) as object,
    reports: [{ name: 'unit', totals: { total: 2 } }],
    currentPhase: 'COMPLETED',
  });
  expect(await callAbout(server, 'RenewBuild', build)).toEqual({ stopRequested: false });
  const lost = { __type: 'BuildLeaseLostException' };
  expect(await callAbout(server, 'PutBuildProgress', build, { phases: [] })).toMatchObject(lost);
});

test('a claim that is not the newest one, or of no build, writes nothing', async () => {
  const server = await serve();
  await createBuild(server.folder, '1');
  const build = await claimOne(server);
  const other = { ...build, fence: build.fence - 1 };
  const calls: [string, object][] = [
    ['RenewBuild', {}],
    ['RenewBuild', { withCredentials: true }],
    ['PutBuildProgress', { phases: [] }],
    ['ReleaseBuild', {}],
    ['FinishBuild', { status: 'SUCCEEDED', phases: [] }],
  ];
  for (const [operation, input] of calls) {
    const lost = await callAbout(server, operation, other, input);
    expect(lost).toMatchObject({ __type: 'BuildLeaseLostException' });
    expect(lost.message).toContain('another runner');
    const arns = ['', 'mill:1', build.buildArn.replace(account, '999999999999'), `${build.buildArn}/x`];
    for (const buildArn of arns) {
      const missing = await callAbout(server, operation, { ...build, buildArn }, input);
      expect(missing).toMatchObject({ __type: 'ResourceNotFoundException' });
    }
  }
  const invalid = await callAbout(server, 'FinishBuild', build, {
    status: 'SUCCEEDED',
    phases: [],
    reports: [{ name: 'r', fileFormat: 'f', files: 1, totals: '{' }],
  });
  expect(invalid).toMatchObject({ __type: 'ValidationException' });
  expect(await findBuild(server, 'mill:1')).toMatchObject({ status: 'IN_PROGRESS', currentPhase: 'PROVISIONING' });
});

test('a build that its runner gives back goes to the next one at once', async () => {
  const server = await serve();
  await createBuild(server.folder, '1');
  expect(await callAbout(server, 'ReleaseBuild', await claimOne(server))).toEqual({});
  expect(await claimOne(server)).toMatchObject({ attempt: 2 });
});

test('the policy of runners allows these calls and no others', async () => {
  const server = await serve();
  await createBuild(server.folder, '1');
  const input = { name: 'runner', policies: ['MillraceRunner'] };
  const keys = (await callOwn<Required<Keys>>(server.url, 'CreateAccessKey', input)).answer;
  const [build] = await claim(server, {}, keys);
  const renewed = await callOwn(server.url, 'RenewBuild', { buildArn: build?.buildArn, fence: build?.fence }, keys);
  expect(renewed.answer).toEqual({ stopRequested: false });
  const denied = await callOwn(server.url, 'ListJobs', {}, keys);
  expect(denied.answer).toMatchObject({ __type: 'AccessDeniedException' });
  const reader = await createKey(server.url, 'reader', ['millrace:List*']);
  const claims = await callOwn(server.url, 'ClaimBuilds', { runner }, reader);
  expect(claims.answer).toMatchObject({ __type: 'AccessDeniedException' });
});

describe.each([
  ['in the data folder', () => serve()],
  ['in an external store', () => serveWithStore()],
])('with artifacts %s', (_where, start: () => Promise<TestServer>) => {
  test('a claim has the rights to the objects of its build, and writes none after its end', async () => {
    const server = await start();
    const s3 = server.s3();
    for (const Bucket of ['wheat', 'flour']) await s3.send(new CreateBucketCommand({ Bucket }));
    await s3.send(new PutObjectCommand({ Bucket: 'wheat', Key: 'source.zip', Body: 'zip' }));
    await createBuild(server.folder, '1', {
      source,
      artifact: { bucket: 'flour', key: 'a/out.zip', packaging: 'ZIP' },
      secondaryArtifacts: [
        { identifier: 'docs', bucket: 'flour', key: 'docs', packaging: 'NONE' },
        { identifier: 'named', bucket: 'flour', key: 'by/name', packaging: 'ZIP', name: 'name' },
      ],
      cache: { type: 'S3', bucket: 'flour', prefix: 'cache' },
    });
    const build = await claimOne(server);
    const worker = server.s3(build.artifactCredentials);
    const read = (Bucket: string, Key: string) => worker.send(new GetObjectCommand({ Bucket, Key }));
    const write = (Key: string, Bucket = 'flour') => worker.send(new PutObjectCommand({ Bucket, Key, Body: 'x' }));
    expect(await (await read('wheat', 'source.zip')).Body?.transformToString()).toBe('zip');
    const keys = ['a/out.zip', 'docs/index.html', 'docs/a/b', 'by/another', 'cache/npm.zip'];
    for (const key of keys) await write(key);
    await read('flour', 'cache/npm.zip');
    for (const key of ['docs', 'docs2', 'a/other.zip', 'cache'])
      await expect(write(key)).rejects.toMatchObject(refused);
    await expect(write('source.zip', 'wheat')).rejects.toMatchObject(refused);
    const { artifactCredentials: renewed } = await callAbout(server, 'RenewBuild', build, { withCredentials: true });
    await server.s3(renewed as Keys).send(new PutObjectCommand({ Bucket: 'flour', Key: 'a/out.zip', Body: 'y' }));
    await callAbout(server, 'FinishBuild', build, { status: 'SUCCEEDED', phases: [] });
    await expect(write('docs/index.html')).rejects.toMatchObject(refused);
    await read('wheat', 'source.zip');
  });
});

test('a lost claim writes no artifacts', async () => {
  const server = await serve();
  await server.s3().send(new CreateBucketCommand({ Bucket: 'flour' }));
  await createBuild(server.folder, '1', { artifact: { bucket: 'flour', key: 'out.zip', packaging: 'ZIP' } });
  const first = await claimOne(server);
  await withStore(server.folder, ({ builds }) =>
    builds.renew({ scope: { account, region }, id: 'mill:1', fence: first.fence }, Date.now() - 1),
  );
  const second = await claimOne(server);
  expect(second.attempt).toBe(2);
  const put = new PutObjectCommand({ Bucket: 'flour', Key: 'out.zip', Body: 'x' });
  await expect(server.s3(first.artifactCredentials).send(put)).rejects.toMatchObject({
    name: 'AccessDenied',
    message: expect.stringContaining('because the claim of the build has ended') as string,
  });
  await server.s3(second.artifactCredentials).send(put);
});

test('a build that no runner takes ends by itself', async () => {
  const server = await serve();
  await createBuild(server.folder, '1', { queuedTimeoutMs: 60_000 });
  const { body } = await sendRaw(server.url, { method: 'GET', path: '/-/metrics' });
  expect(body).toContain('millrace_builds{status="waiting"} 1\n');
  server.clock.advance(60_000);
  await expect.poll(async () => (await findBuild(server, 'mill:1'))?.status).toBe('TIMED_OUT');
  expect(await claim(server)).toEqual([]);
});
