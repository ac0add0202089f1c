import {
  BatchDeleteBuildsCommand,
  BatchGetBuildsCommand,
  CodeBuildClient,
  ListBuildsCommand,
  ListBuildsForProjectCommand,
  RetryBuildCommand,
  StartBuildCommand,
  type StartBuildCommandInput,
  StopBuildCommand,
} from '@aws-sdk/client-codebuild';
import { expect, test } from 'vitest';
import type { ClaimBuildsOutput } from '../../../src/contract/generated.ts';
import type { BuildOrder } from '../../../src/model/build.ts';
import { createBuild } from '../../support/builds/create-build.ts';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { account, clientConfig, type Keys, region, serve } from '../../support/servers/server.ts';

const arnOf = (id: string | undefined) => `arn:aws:codebuild:${region}:${account}:build/${id}`;
const buildspec = 'version: 0.2\nphases: {}\n';
const stored = { type: 'S3', location: 'results', namespaceType: 'BUILD_ID', packaging: 'ZIP', name: 'o.zip' };
const project = {
  source: JSON.stringify({ type: 'NO_SOURCE', buildspec }),
  artifacts: JSON.stringify(stored),
  environment: JSON.stringify({ environmentVariables: [{ name: 'STAGE', value: 'test' }] }),
};

async function start(document: object = project) {
  const { url, folder } = await serve();
  await callOwn(url, 'ApplyResources', {
    resources: [{ kind: 'Project', name: 'mill', document: JSON.stringify(document) }],
  });
  const client = (keys?: Keys) => new CodeBuildClient(clientConfig(url, keys));
  const codebuild = client();
  const startBuild = async (input: Partial<StartBuildCommandInput> = {}) =>
    (await codebuild.send(new StartBuildCommand({ projectName: 'mill', ...input }))).build;
  const claim = async () => {
    const { answer } = await callOwn<ClaimBuildsOutput>(url, 'ClaimBuilds', { runner: 'r', maxBuilds: 10 });
    return answer.builds.map(({ order, ...claimed }) => ({ ...claimed, order: JSON.parse(order) as BuildOrder }));
  };
  const get = async (...ids: string[]) => codebuild.send(new BatchGetBuildsCommand({ ids }));
  return { url, folder, client, codebuild, startBuild, claim, get };
}

test('a build is started, claimed by a runner, and shown with what the runner says of its end', async () => {
  const { url, startBuild, claim, get } = await start();
  const started = await startBuild({
    environmentVariablesOverride: [{ name: 'STAGE', value: 'prod' }],
    timeoutInMinutesOverride: 5,
  });
  const uuid = started?.id?.split(':')[1] ?? '';
  expect(started).toMatchObject({
    arn: arnOf(started?.id),
    buildNumber: 1,
    buildStatus: 'IN_PROGRESS',
    buildComplete: false,
    currentPhase: 'QUEUED',
    projectName: 'mill',
    initiator: 'root',
    source: { type: 'NO_SOURCE', buildspec },
    artifacts: { location: `arn:aws:s3:::results/${uuid}/o.zip` },
    environment: { environmentVariables: [{ name: 'STAGE', value: 'prod', type: 'PLAINTEXT' }] },
    timeoutInMinutes: 5,
    queuedTimeoutInMinutes: 480,
    logs: { groupName: '/aws/codebuild/mill', streamName: uuid },
  });
  const [claimed, ...others] = await claim();
  expect(others).toEqual([]);
  expect(claimed).toMatchObject({
    buildArn: started?.arn,
    order: {
      variables: { project: [{ value: 'test' }], start: [{ value: 'prod' }] },
      artifact: { bucket: 'results', key: `${uuid}/o.zip`, packaging: 'ZIP' },
    },
  });
  const failure = { code: 'COMMAND_EXECUTION_ERROR', message: 'exit status 1' };
  await callOwn(url, 'FinishBuild', {
    buildArn: claimed?.buildArn,
    fence: claimed?.fence,
    status: 'FAILED',
    phases: [{ type: 'BUILD', startedAt: 5, endedAt: 2005, status: 'FAILED', failure }],
    exportedVariables: [{ name: 'TAG', value: '1' }],
    reports: [{ name: 'unit', fileFormat: 'JUNITXML', files: 1 }],
    artifacts: [{ location: `results/${uuid}/o.zip`, sha256: 'abc' }],
    failure,
  });
  const { builds = [], buildsNotFound } = await get(arnOf(started?.id), 'mill:none', 'nonsense');
  expect(buildsNotFound).toEqual(['mill:none', 'nonsense']);
  expect(builds[0]).toMatchObject({
    buildStatus: 'FAILED',
    buildComplete: true,
    currentPhase: 'COMPLETED',
    endTime: expect.any(Date),
    artifacts: { sha256sum: 'abc' },
    exportedEnvironmentVariables: [{ name: 'TAG', value: '1' }],
    reportArns: [`arn:aws:codebuild:${region}:${account}:report/mill-unit:${uuid}`],
  });
  expect(builds[0]?.phases?.find(({ phaseType }) => phaseType === 'BUILD')).toMatchObject({
    phaseStatus: 'FAILED',
    durationInSeconds: 2,
    contexts: [{ statusCode: failure.code, message: failure.message }],
  });
});

test('a build that waits is stopped at once, and can be retried', async () => {
  const { codebuild, startBuild, claim } = await start();
  const { id = '' } = (await startBuild()) ?? {};
  const stop = async (named: string) => (await codebuild.send(new StopBuildCommand({ id: named }))).build;
  expect(await stop(id)).toMatchObject({ buildStatus: 'STOPPED', buildComplete: true });
  expect(await stop(arnOf(id))).toMatchObject({ buildStatus: 'STOPPED' });
  expect(await claim()).toEqual([]);
  const { build: again } = await codebuild.send(new RetryBuildCommand({ id }));
  expect(again).toMatchObject({ buildNumber: 2, buildStatus: 'IN_PROGRESS', source: { buildspec } });
  expect(again?.artifacts?.location).toBe(`arn:aws:s3:::results/${again?.id?.split(':')[1]}/o.zip`);
  expect(again?.logs?.streamName).toBe(again?.id?.split(':')[1]);
  await expect(stop('mill:none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await expect(stop('mill')).rejects.toMatchObject({ name: 'InvalidInputException' });
});

test('a repeated token starts nothing, unless it is another build', async () => {
  const { startBuild } = await start();
  const first = await startBuild({ idempotencyToken: 't' });
  expect(await startBuild({ idempotencyToken: 't' })).toMatchObject({ id: first?.id, buildNumber: 1 });
  await expect(startBuild({ idempotencyToken: 't', imageOverride: 'other' })).rejects.toMatchObject({
    name: 'InvalidInputException',
  });
  expect(await startBuild({ idempotencyToken: 'u' })).toMatchObject({ buildNumber: 2 });
});

test('what can not be started is refused', async () => {
  const { startBuild, codebuild, folder } = await start({ concurrentBuildLimit: 1 });
  await expect(startBuild()).rejects.toMatchObject({
    name: 'InvalidInputException',
    message: expect.stringContaining('gets its source from a pipeline'),
  });
  await expect(startBuild({ projectName: 'none' })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: `Project cannot be found: arn:aws:codebuild:${region}:${account}:project/none`,
  });
  const own = { sourceTypeOverride: 'NO_SOURCE', artifactsOverride: { type: 'NO_ARTIFACTS' } } as const;
  await expect(startBuild(own)).rejects.toMatchObject({ message: expect.stringContaining('needs a buildspec') });
  const runnable = { ...own, buildspecOverride: buildspec };
  await expect(startBuild({ ...runnable, debugSessionEnabled: true })).rejects.toMatchObject({
    message: expect.stringContaining('Debug sessions'),
  });
  const environmentVariablesOverride = Array.from({ length: 201 }, () => ({ name: 'A', value: '' }));
  await expect(startBuild({ ...runnable, environmentVariablesOverride })).rejects.toMatchObject({
    message: expect.stringContaining('at most 200'),
  });
  const many = environmentVariablesOverride.slice(1).map(({ name }) => ({ name, value: 'v'.repeat(600) }));
  await expect(startBuild({ ...runnable, environmentVariablesOverride: many })).rejects.toMatchObject({
    message: expect.stringContaining('expected at most 98304'),
  });
  const started = await Promise.allSettled([startBuild(runnable), startBuild(runnable), startBuild(runnable)]);
  expect(started.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
  expect(started.find(({ status }) => status === 'rejected')).toMatchObject({
    reason: { name: 'AccountLimitExceededException' },
  });
  const job = { id: 'j', pipelineName: 'p', executionId: 'e' };
  const { id } = await createBuild(folder, 'of-a-pipeline', { job });
  await expect(codebuild.send(new RetryBuildCommand({ id }))).rejects.toMatchObject({ name: 'InvalidInputException' });
});

test('builds are listed from the newest, by project, and deleted once they have ended', async () => {
  const { codebuild, startBuild } = await start();
  const ids: string[] = [];
  for (let count = 0; count < 3; count += 1) ids.push((await startBuild())?.id ?? '');
  const list = async (input: object = {}) => (await codebuild.send(new ListBuildsCommand(input))).ids;
  expect(await list()).toEqual([...ids].reverse());
  expect(await list({ sortOrder: 'ASCENDING' })).toEqual(ids);
  const ofProject = (projectName: string) => codebuild.send(new ListBuildsForProjectCommand({ projectName }));
  expect((await ofProject('mill')).ids).toEqual([...ids].reverse());
  await expect(ofProject('none')).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  await codebuild.send(new StopBuildCommand({ id: ids[0] }));
  const named = [arnOf(ids[0]), ids[1] ?? '', 'mill:none'];
  const deleted = await codebuild.send(new BatchDeleteBuildsCommand({ ids: named }));
  expect(deleted.buildsDeleted).toEqual([arnOf(ids[0])]);
  expect(deleted.buildsNotDeleted).toEqual([
    { id: ids[1], statusCode: 'IN_PROGRESS' },
    { id: 'mill:none', statusCode: 'NOT_FOUND' },
  ]);
  expect(await list()).toEqual([ids[2], ids[1]]);
});

test('builds are started by their user, and judged as their project', async () => {
  const { url, client, startBuild } = await start();
  const ada = client(await createKey(url, 'ada', ['codebuild:StartBuild']));
  const { build } = await ada.send(new StartBuildCommand({ projectName: 'mill' }));
  expect(build?.initiator).toBe('ada');
  const policy = {
    Version: '2012-10-17',
    Statement: [
      { Effect: 'Allow', Action: 'codebuild:*', Resource: `arn:aws:codebuild:${region}:${account}:project/other` },
    ],
  };
  const input = { name: 'bob', policies: [JSON.stringify(policy)] };
  const bob = client((await callOwn<Required<Keys>>(url, 'CreateAccessKey', input)).answer);
  const id = (await startBuild())?.id ?? '';
  await expect(bob.send(new StopBuildCommand({ id }))).rejects.toMatchObject({ name: 'AccessDeniedException' });
  await expect(bob.send(new BatchGetBuildsCommand({ ids: [arnOf(id)] }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});
