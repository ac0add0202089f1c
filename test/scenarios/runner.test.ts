import { readdirSync } from 'node:fs';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, test, vi } from 'vitest';
import { findMarked } from '../../src/cages/marked-processes.ts';
import { codeBuild } from '../support/builds/codebuild-client.ts';
import { startRunnerProcess } from '../support/builds/runner-process.ts';
import { zipOf } from '../support/machine/zip-of.ts';
import { clientConfig } from '../support/requests/client-config.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { serve } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

test('a build has its source, its variables and its role, and leaves artifacts, reports and variables', async () => {
  const { url } = await serve();
  const runner = await startRunnerProcess(url);
  const builds = codeBuild(url);
  const s3 = new S3Client(clientConfig(url));
  for (const Bucket of ['code', 'out']) await s3.send(new CreateBucketCommand({ Bucket }));
  const report = '<testsuite><testcase name="a" classname="c" time="0.1"/></testsuite>';
  const Body = await zipOf({ 'notes.txt': 'from the source', 'r/unit.xml': report });
  await s3.send(new PutObjectCommand({ Bucket: 'code', Key: 'src.zip', Body }));
  const document = JSON.stringify({ value: 'tr0ub4dor' });
  await callOwn(url, 'ApplyResources', { resources: [{ kind: 'Parameter', name: '/shop/token', document }] });
  const buildspec = `version: 0.2
env:
  parameter-store: { TOKEN: /shop/token }
  exported-variables: [TAG]
phases:
  build:
    commands:
      - TAG=v$CODEBUILD_BUILD_NUMBER
      - echo "token $TOKEN" | tee token.txt
      - cp notes.txt out.txt
      - test -n "$AWS_CONTAINER_CREDENTIALS_FULL_URI" && test -z "$AWS_ACCESS_KEY_ID"
reports:
  unit: { files: r/unit.xml }
artifacts:
  files: [out.txt]
`;
  await builds.createProject('shop', buildspec, {
    source: { type: 'S3', location: 'code/src.zip', buildspec },
    artifacts: { type: 'S3', location: 'out', packaging: 'ZIP', name: 'app.zip' },
  });
  const ended = await builds.untilEnded(await builds.start('shop'));
  expect(ended).toMatchObject({
    buildStatus: 'SUCCEEDED',
    exportedEnvironmentVariables: [{ name: 'TAG', value: 'v1' }],
    reportArns: [expect.stringContaining('unit')],
  });
  const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: 'out' }));
  expect(Contents).toHaveLength(1);
  const stored = await s3.send(new GetObjectCommand({ Bucket: 'out', Key: Contents[0]?.Key }));
  expect((await stored.Body?.transformToString('latin1'))?.startsWith('PK')).toBe(true);
  expect(runner.log()).not.toContain('tr0ub4dor');
});

test('a stopped build ends at once, with everything that it runs', async () => {
  const { url } = await serve();
  await startRunnerProcess(url);
  const builds = codeBuild(url);
  await builds.createProject('slow', 'version: 0.2\nphases: { build: { commands: [sleep 300] } }');
  const id = await builds.start('slow');
  await builds.untilPhase(id, 'BUILD');
  await builds.stop(id);
  expect(await builds.untilEnded(id)).toMatchObject({ buildStatus: 'STOPPED' });
  expect(await findMarked(id)).toEqual([]);
});

test('what a killed runner leaves is removed by the next one, which begins the build again', async () => {
  const { url } = await serve({ leaseSeconds: 3 });
  const killed = await startRunnerProcess(url);
  const builds = codeBuild(url);
  await builds.createProject('slow', 'version: 0.2\nphases: { build: { commands: [sleep 300] } }');
  const id = await builds.start('slow');
  await builds.untilPhase(id, 'BUILD');
  await killed.end('SIGKILL');
  const left = await findMarked(id);
  expect(left).not.toEqual([]);
  const next = await startRunnerProcess(url, { workFolder: killed.workFolder });
  expect(next.log()).toContain('a runner was killed during this build');
  await vi.waitFor(() => expect(next.log()).toContain('"attempt":2'), { timeout: 20_000 });
  await builds.untilPhase(id, 'BUILD');
  expect((await findMarked(id)).filter((pid) => left.includes(pid))).toEqual([]);
  await builds.stop(id);
  expect(await builds.untilEnded(id)).toMatchObject({ buildStatus: 'STOPPED' });
  await next.end('SIGTERM');
  expect(readdirSync(killed.workFolder)).toEqual(['caches']);
});

test('a build that the machine of the runner can not run says what is missing', async () => {
  const { url } = await serve();
  await startRunnerProcess(url, { options: ['--allow-process-builds', 'off'] });
  const builds = codeBuild(url);
  await builds.createProject('shop', 'version: 0.2\nphases: { build: { commands: [make] } }');
  const ended = await builds.untilEnded(await builds.start('shop'));
  expect(ended.buildStatus).toBe('FAULT');
  expect(ended.phases?.find(({ contexts }) => contexts)?.contexts?.[0]?.message).toContain('--allow-process-builds');
});

test('millrace start brings a runner along, which ends with it in whatever way', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder, ['--runner', 'local', '--allow-process-builds', 'on']);
  const builds = codeBuild(server.url);
  await builds.createProject('slow', 'version: 0.2\nphases: { build: { commands: [sleep 300] } }', {});
  await vi.waitFor(() => expect(server.log()).toContain('the runner claims builds'), { timeout: 20_000 });
  const runnerPid = Number(/"pid":(\d+)[^\n]*the runner claims builds/.exec(server.log())?.[1]);
  await server.end('SIGKILL');
  await vi.waitFor(() => expect(() => process.kill(runnerPid, 0)).toThrow('ESRCH'), { timeout: 20_000 });
});
