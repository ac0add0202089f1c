import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  CodePipelineClient,
  CreatePipelineCommand,
  GetJobDetailsCommand,
  ListPipelinesCommand,
  PollForJobsCommand,
  StartPipelineExecutionCommand,
} from '@aws-sdk/client-codepipeline';
import { GetObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { pino } from 'pino';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from '../../../src/config/config.ts';
import { readProfile } from '../../../src/installation/data-folder.ts';
import { startServer } from '../../../src/server/start-server.ts';
import {
  jenkinsType,
  poll,
  pollOne,
  registerJenkins,
  startStory,
  testAction,
  threeStages,
} from '../../support/pipelines/scenario.ts';
import { callRaw } from '../../support/requests/signed-request.ts';
import { account, clientConfig, type Keys, serve } from '../../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../../support/servers/server-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const robotPolicy = join(root, 'examples/policies/poll-one-action-type.json');

/** Runs `millrace keys …` on the data folder of a running server. */
async function keys(folder: string, ...args: string[]): Promise<string> {
  const { stdout } = await run(process.execPath, [join(root, 'bin/millrace'), 'keys', ...args, '--data', folder]);
  return stdout;
}

function keysFrom(printed: string): Keys {
  const [accessKeyId = '', secretAccessKey = ''] = printed
    .split('\n')
    .map((line) => line.split('=').slice(1).join('='));
  return { accessKeyId, secretAccessKey };
}

test("a CI robot's key may only poll one action type, and stops working when it is deleted", async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder);
  await registerJenkins(new CodePipelineClient(clientConfig(server.url)));
  const robot = keysFrom(await keys(folder, 'create', '--name', 'robot', '--policy', robotPolicy));
  const client = new CodePipelineClient(clientConfig(server.url, robot));
  const denied = { name: 'AccessDeniedException', message: expect.stringContaining('is not authorized to perform') };

  expect((await client.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
  const otherType = { ...jenkinsType, provider: 'Another' };
  await expect(client.send(new PollForJobsCommand({ actionTypeId: otherType }))).rejects.toMatchObject(denied);
  await expect(client.send(new ListPipelinesCommand({}))).rejects.toMatchObject(denied);
  await expect(client.send(new StartPipelineExecutionCommand({ name: 'any' }))).rejects.toMatchObject(denied);

  expect(await keys(folder, 'list')).toContain(robot.accessKeyId);
  const successor = keysFrom(await keys(folder, 'rotate', robot.accessKeyId));
  await keys(folder, 'delete', robot.accessKeyId);
  await expect(client.send(new PollForJobsCommand(poll))).rejects.toMatchObject({
    name: 'UnrecognizedClientException',
  });
  const renewed = new CodePipelineClient(clientConfig(server.url, successor));
  expect((await renewed.send(new PollForJobsCommand(poll))).jobs).toEqual([]);
});

test('accepts a managed policy by name, and rejects a policy that would not be enforced', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder);
  const reader = keysFrom(
    await keys(folder, 'create', '--name', 'board', '--policy', 'AWSCodePipeline_ReadOnlyAccess'),
  );
  const client = new CodePipelineClient(clientConfig(server.url, reader));
  expect((await client.send(new ListPipelinesCommand({}))).pipelines).toEqual([]);
  await expect(client.send(new StartPipelineExecutionCommand({ name: 'any' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  for (const args of [
    ['create', '--name', 'x', '--policy', 'NoSuchPolicy'],
    ['create', '--name', 'x', '--policy', join(folder, 'no-such-file.json')],
    ['delete', 'AKIAAAAAAAAAAAAAAAAA'],
  ]) {
    await expect(keys(folder, ...args)).rejects.toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^millrace: /),
    });
  }
});

test('our own API rejects unauthorized callers, and says what is wrong with an input', async () => {
  const { url } = await serve();
  const call = (operation: string, body: string, service = 'millrace') =>
    callRaw(url, operation, body, { service, headers: { 'X-Amz-Target': `Millrace.${operation}` } });
  expect(JSON.parse((await call('ListAccessKeys', '{}')).body)).toEqual({ accessKeys: [] });
  const refusals = [
    [await call('CreateAccessKey', '{"name":"x"}'), 'ValidationException'],
    [await call('CreateAccessKey', '{"name":1,"policies":[]}'), 'SerializationException'],
    [await call('CreateAccessKey', '{"name":"x","policies":[],"isRoot":"true"}'), 'ValidationException'],
    [await call('CreateAccessKey', '{"name":"a b","policies":[]}'), 'ValidationException'],
    [await call('DeleteAccessKey', '{"accessKeyId":"AKIAAAAAAAAAAAAAAAAA"}'), 'ResourceNotFoundException'],
    [await call('NoSuchOperation', '{}'), 'UnknownOperationException'],
    [await call('ListAccessKeys', '{}', 'codepipeline'), 'InvalidSignatureException'],
  ] as const;
  for (const [answer, code] of refusals) {
    expect([answer.status, JSON.parse(answer.body)]).toMatchObject([400, { __type: code }]);
  }
});

test('AssumeRole returns temporary credentials of declared roles only', async () => {
  const folder = await temporaryFolder();
  const roles = join(folder, 'roles.json');
  await writeFile(roles, JSON.stringify([{ name: 'reader', policies: ['AWSCodePipeline_ReadOnlyAccess'] }]));
  const { url } = await serve({ roles });
  const sts = new STSClient(clientConfig(url));
  const assume = (name: string) =>
    sts.send(new AssumeRoleCommand({ RoleArn: `arn:aws:iam::${account}:role/${name}`, RoleSessionName: 'tester' }));
  const { Credentials, AssumedRoleUser } = await assume('reader');
  expect(AssumedRoleUser?.Arn).toBe(`arn:aws:sts::${account}:assumed-role/reader/tester`);
  const client = new CodePipelineClient(
    clientConfig(url, {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken,
    }),
  );
  expect((await client.send(new ListPipelinesCommand({}))).pipelines).toEqual([]);
  await expect(client.send(new StartPipelineExecutionCommand({ name: 'any' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
  await expect(assume('writer')).rejects.toMatchObject({ name: 'AccessDenied' });
});

test('a root key is replaced by rotating it, restarting and deleting the old one', async () => {
  const folder = await temporaryFolder();
  const config = readConfig({ flags: { data: folder, port: '0' }, env: {} });
  const log = pino({ level: 'silent' });
  const first = await startServer(config, log);
  const old = await readProfile(folder);
  const successor = keysFrom(await keys(folder, 'rotate', old.accessKeyId));
  await first.close();
  const second = await startServer(config, log);
  onTestFinished(() => second.close());
  expect(await readProfile(folder)).toEqual(successor);
  await keys(folder, 'delete', old.accessKeyId);
  expect((await keys(folder, 'list')).trim().split('\n')).toEqual([expect.stringContaining(successor.accessKeyId)]);
});

test('with strict roles a pipeline may only name declared roles; the error text is the one clients expect (clients 15)', async () => {
  const folder = await temporaryFolder();
  const roles = join(folder, 'roles.json');
  await writeFile(roles, JSON.stringify([{ name: 'pipeline-role', policies: [] }]));
  const client = (await serve({ roles, strictRoles: 'on' })).codePipeline();
  await registerJenkins(client);
  const roleArn = `arn:aws:iam::${account}:role/another`;
  await expect(
    client.send(new CreatePipelineCommand({ pipeline: { ...threeStages(), roleArn } })),
  ).rejects.toMatchObject({
    name: 'InvalidStructureException',
    message: `CodePipeline is not authorized to perform AssumeRole on role ${roleArn}`,
  });
  await client.send(new CreatePipelineCommand({ pipeline: threeStages() }));
});

test('after a master key rotation old credentials, secrets and objects still work, also after a restart', async () => {
  const folder = await temporaryFolder();
  const first = await startProcess(folder);
  const client = new CodePipelineClient(clientConfig(first.url));
  const action = { ...testAction, configuration: { ProjectName: 'JenkinsTestProject', Token: 's3cr3t' } };
  await startStory(client, new S3Client(clientConfig(first.url)), threeStages(action));
  const job = await pollOne(client);
  const { stdout } = await run(process.execPath, [join(root, 'bin/millrace'), 'rotate-master-key', '--data', folder]);
  expect(stdout).toContain('version 2');

  const check = async (url: string) => {
    const input = job.data.inputArtifacts?.[0]?.location?.s3Location;
    const worker = new S3Client(clientConfig(url, job.data.artifactCredentials as Keys));
    const got = await worker.send(new GetObjectCommand({ Bucket: input?.bucketName, Key: input?.objectKey }));
    expect(await got.Body?.transformToString()).toBe('the source');
    const details = await new CodePipelineClient(clientConfig(url)).send(new GetJobDetailsCommand({ jobId: job.id }));
    expect(details.jobDetails?.data?.actionConfiguration?.configuration?.Token).toBe('s3cr3t');
  };
  await check(first.url);
  await first.end('SIGKILL');
  await check((await startProcess(folder)).url);
});

test('a policy that matches no operation is stored with a warning', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder);
  const file = join(folder, 'policy.json');
  const actions = ['codepipeline:Nope', 'codepipeline:Get*', 'millrace:PutJobLog', 's3:GetObject', '*'];
  await writeFile(file, JSON.stringify({ Statement: [{ Effect: 'Allow', Action: actions, Resource: '*' }] }));
  const args = ['keys', 'create', '--name', 'typo', '--policy', file, '--data', folder];
  const { stdout, stderr } = await run(process.execPath, [join(root, 'bin/millrace'), ...args]);
  expect(keysFrom(stdout).accessKeyId).toMatch(/^AKIA/);
  expect(stderr.trim().split('\n')).toEqual([
    "millrace: warning: policies[0], statement 1: no operation is called 'codepipeline:Nope', so the statement has no effect for it. Check the spelling.",
  ]);
  expect(server.url).toContain('http');
});
