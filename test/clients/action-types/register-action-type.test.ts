import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import {
  type ActionTypeDeclaration,
  CodePipelineClient,
  CreatePipelineCommand,
  GetActionTypeCommand,
  ListActionTypesCommand,
  UpdateActionTypeCommand,
} from '@aws-sdk/client-codepipeline';
import { S3Client } from '@aws-sdk/client-s3';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { prepareBuckets, threeStages } from '../../support/pipelines/scenario.ts';
import {
  callOwn,
  createPartnerClient,
  detailsOf,
  partnerAction,
  partnerDeclaration,
  partnerType,
  partnerTypeId,
  pollOnePartner,
  pollPartner,
  registerPartner,
} from '../../support/pipelines/third-party.ts';
import { account, clientConfig, type Keys, serve } from '../../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../../support/servers/server-process.ts';

const run = promisify(execFile);
const root = fileURLToPath(new URL('../../../', import.meta.url));
const customer = '210987654321';
const everybody = { permissions: { allowedAccounts: ['*'] } };
const notFound = { name: 'ActionTypeNotFoundException' };

function polledBy(...pollingAccounts: string[]): Pick<ActionTypeDeclaration, 'executor'> {
  const configuration = { jobWorkerExecutorConfiguration: { pollingAccounts } };
  return { executor: { type: 'JobWorker', configuration, jobTimeout: 60 } };
}

/** Starts a server with a second account; returns a client for that account. */
async function serveTwoAccounts() {
  const roles = join(await temporaryFolder(), 'roles.json');
  const everything = JSON.stringify({
    Version: '2012-10-17',
    Statement: [{ Effect: 'Allow', Action: '*', Resource: '*' }],
  });
  const trustedBy = [`arn:aws:iam::${account}:root`];
  await writeFile(roles, JSON.stringify([{ name: 'customer', account: customer, policies: [everything], trustedBy }]));
  const server = await serve({ roles });
  const sts = new STSClient(clientConfig(server.url));
  const RoleArn = `arn:aws:iam::${customer}:role/customer`;
  const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn, RoleSessionName: 'tester' }));
  const keys: Keys = {
    accessKeyId: Credentials?.AccessKeyId ?? '',
    secretAccessKey: Credentials?.SecretAccessKey ?? '',
    sessionToken: Credentials?.SessionToken,
  };
  return { server, partner: server.codePipeline(), customer: server.codePipeline(keys), s3: server.s3(keys) };
}

test('a registered type is returned completely, and listed like any other type (behaviour A.12)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerPartner(server.url);
  const { actionType } = await client.send(new GetActionTypeCommand(partnerTypeId));
  expect(actionType).toEqual(partnerDeclaration);
  const { actionTypes } = await client.send(new ListActionTypesCommand({ actionOwnerFilter: 'ThirdParty' }));
  expect(actionTypes?.find(({ id }) => id?.provider === 'Acme')).toEqual({
    id: partnerTypeId,
    settings: {
      thirdPartyConfigurationUrl: 'https://acme.example/connect',
      entityUrlTemplate: 'https://acme.example/{Config:Suite}',
      executionUrlTemplate: 'https://acme.example/{Config:Suite}/{ExternalExecutionId}',
    },
    actionConfigurationProperties: [
      { name: 'Suite', required: true, key: true, secret: false },
      { name: 'ApiKey', required: false, key: false, secret: true },
    ],
    inputArtifactDetails: { minimumCount: 0, maximumCount: 10 },
    outputArtifactDetails: { minimumCount: 0, maximumCount: 10 },
  });
});

test('pipelines use it by its own rules: required properties, known ones, and up to ten artifacts', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerPartner(server.url);
  const create = (change: object) =>
    client.send(new CreatePipelineCommand({ pipeline: threeStages({ ...partnerAction, ...change }) }));
  await expect(create({ configuration: { ApiKey: 'x' } })).rejects.toMatchObject({
    message: "Action configuration for action 'AcmeTests' is missing required configuration 'Suite'",
  });
  await expect(create({ configuration: { Suite: 'a', More: 'b' } })).rejects.toMatchObject({
    message: "Action configuration for action 'AcmeTests' contains unknown configuration 'More'",
  });
  const more = Array.from({ length: 10 }, (_, index) => ({ name: `Report${index}` }));
  await expect(create({ outputArtifacts: [...(partnerAction.outputArtifacts ?? []), ...more] })).rejects.toMatchObject({
    message: 'Action AcmeTests declares 11 output artifacts which is more than the maximum count (10)',
  });
  await create({ outputArtifacts: [...(partnerAction.outputArtifacts ?? []), ...more.slice(1)] });
});

test('rejects what this server cannot enforce, or has no meaning', async () => {
  const { url } = await serve();
  const lambda = { lambdaFunctionArn: 'arn:aws:lambda:us-east-1:123456789012:function:f' };
  const bounds = { minimumCount: 2, maximumCount: 1 };
  const property = { name: 'A', optional: true, key: false, noEcho: false };
  const cases: [Partial<ActionTypeDeclaration>, RegExp][] = [
    [{ id: { ...partnerTypeId, owner: 'AWS' } }, /owner 'AWS' cannot be registered/],
    [
      { executor: { type: 'Lambda', configuration: { lambdaExecutorConfiguration: lambda } } },
      /cannot invoke AWS Lambda functions/,
    ],
    [{ executor: { type: 'JobWorker', configuration: {} } }, /needs a jobWorkerExecutorConfiguration/],
    [
      {
        executor: {
          type: 'JobWorker',
          configuration: { jobWorkerExecutorConfiguration: { pollingServicePrincipals: ['acme.amazonaws.com'] } },
        },
      },
      /no service principals/,
    ],
    [{ executor: { ...partnerDeclaration.executor, jobTimeout: 59 } as never }, /greater than or equal to 60/],
    [{ inputArtifactDetails: bounds }, /has to be greater than or equal to minimum/],
    [{ properties: [property, property] }, /'A' is declared more than once/],
    [{ properties: [{ ...property, queryable: true }] }, /must be required and non-secret/],
    [{ id: { category: 'Source', owner: 'ThirdParty', provider: 'GitHub', version: '1' } }, /exists already/],
  ];
  for (const [change, message] of cases) {
    await expect(registerPartner(url, change)).rejects.toMatchObject({ name: 'ValidationException', message });
  }
  await expect(callOwn(url, 'RegisterActionType', { actionType: [] })).rejects.toMatchObject({
    name: 'SerializationException',
  });
  expect(await callOwn(url, 'ListRegisteredActionTypes', {})).toEqual({ actionTypes: [] });
});

test('UpdateActionType replaces the whole declaration, and rejects what registration rejects', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerPartner(server.url);
  const update = (change: Partial<ActionTypeDeclaration>) =>
    client.send(new UpdateActionTypeCommand({ actionType: { ...partnerDeclaration, ...change } }));
  const changed = { description: undefined, urls: undefined, properties: [], ...polledBy(account) };
  await update(changed);
  const { actionType } = await client.send(new GetActionTypeCommand(partnerTypeId));
  expect(actionType).toEqual(JSON.parse(JSON.stringify({ ...partnerDeclaration, ...changed })));
  await expect(update({ executor: { type: 'Lambda', configuration: {} } })).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('Lambda'),
  });
  await expect(registerPartner(server.url)).rejects.toMatchObject({ name: 'ValidationException' });
  await callOwn(server.url, 'DeregisterActionType', { actionType: partnerType });
  await expect(update({})).rejects.toMatchObject(notFound);
  await registerPartner(server.url);
  expect((await client.send(new GetActionTypeCommand(partnerTypeId))).actionType).toEqual(partnerDeclaration);
});

test('a public type can only gain optional properties, and none becomes required (behaviour A.12)', async () => {
  const server = await serve();
  const client = server.codePipeline();
  await registerPartner(server.url, everybody);
  const [suite, apiKey] = partnerDeclaration.properties as [object, object];
  const update = (...properties: object[]) =>
    client.send(
      new UpdateActionTypeCommand({
        actionType: { ...partnerDeclaration, ...everybody, properties: properties as never },
      }),
    );
  const more = { name: 'More', optional: true, key: false, noEcho: false };
  const refused = { name: 'RequestFailedException' };
  await expect(update(suite, { ...apiKey, optional: false })).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining("'ApiKey' of a public action type is optional"),
  });
  await expect(update(suite, apiKey, { ...more, optional: false })).rejects.toMatchObject({
    ...refused,
    message: expect.stringContaining('only optional properties can be added'),
  });
  await update(suite, apiKey, more);
});

test('other accounts see a type if it allows them; only its own account can change it', async () => {
  const { server, customer: client } = await serveTwoAccounts();
  await registerPartner(server.url);
  const get = () => client.send(new GetActionTypeCommand(partnerTypeId));
  const update = () => client.send(new UpdateActionTypeCommand({ actionType: partnerDeclaration }));
  const list = async () =>
    (await client.send(new ListActionTypesCommand({}))).actionTypes?.filter(({ id }) => id?.provider === 'Acme').length;
  const create = () => client.send(new CreatePipelineCommand({ pipeline: threeStages(partnerAction) }));
  await expect(get()).rejects.toMatchObject(notFound);
  await expect(create()).rejects.toMatchObject({ name: 'InvalidActionDeclarationException' });
  expect(await list()).toBe(0);
  for (const allowed of [customer, '*']) {
    const permissions = { allowedAccounts: [allowed] };
    const change = { actionType: { ...partnerDeclaration, permissions } };
    await server.codePipeline().send(new UpdateActionTypeCommand(change));
    expect((await get()).actionType?.permissions).toEqual(permissions);
    expect(await list()).toBe(1);
    await expect(update()).rejects.toMatchObject(notFound);
  }
});

test('a partner works for another account’s pipeline, and that account cannot poll the jobs itself', async () => {
  const { server, partner, customer: client, s3 } = await serveTwoAccounts();
  await registerPartner(server.url, everybody);
  await prepareBuckets(s3);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages(partnerAction) }));
  const { clientId, clientToken } = await createPartnerClient(server.url, customer);
  const job = await pollOnePartner(partner);
  expect(job.clientId).toBe(clientId);
  const input = { jobId: job.jobId, clientToken };
  expect((await detailsOf(partner, input)).data.actionConfiguration?.configuration?.ApiKey).toBe('acme-key');
  await expect(detailsOf(client, input)).rejects.toMatchObject({ name: 'JobNotFoundException' });
  await expect(pollPartner(client)).rejects.toMatchObject(notFound);
  const change = { actionType: { ...partnerDeclaration, ...everybody, ...polledBy(customer) } };
  await partner.send(new UpdateActionTypeCommand(change));
  await detailsOf(client, input);
  await expect(pollPartner(partner)).rejects.toMatchObject(notFound);
});

// Each command is a separate process, which a busy machine starts slowly.
test('the command line registers a type and creates clients; a token is printed once and not stored', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder, ['--log-level', 'trace']);
  const file = join(folder, 'acme.json');
  await writeFile(file, JSON.stringify({ actionType: partnerDeclaration }));
  const millrace = async (...args: string[]) => {
    const { stdout } = await run(process.execPath, [join(root, 'bin/millrace'), ...args, '--data', folder]);
    return stdout.trim();
  };
  expect(await millrace('action-types', 'register', file)).toBe(partnerType);
  expect(await millrace('action-types', 'list')).toBe(partnerType);
  const printed = await millrace('third-party-clients', 'create', partnerType);
  const [, clientId = '', clientToken = ''] = /^clientId=(.*)\nclientToken=(.*)$/.exec(printed) ?? [];
  expect(await millrace('third-party-clients', 'list', partnerType)).toMatch(new RegExp(`^${clientId}  `));
  const client = new CodePipelineClient(clientConfig(server.url));
  const s3 = new S3Client(clientConfig(server.url));
  await prepareBuckets(s3);
  await client.send(new CreatePipelineCommand({ pipeline: threeStages(partnerAction) }));
  const job = await pollOnePartner(client);
  expect(job.clientId).toBe(clientId);
  await detailsOf(client, { jobId: job.jobId, clientToken });
  await millrace('third-party-clients', 'delete', partnerType, clientId);
  await millrace('action-types', 'deregister', partnerType);
  expect(await millrace('action-types', 'list')).toBe('');
  for (const args of [
    ['action-types', 'register', join(folder, 'missing.json')],
    ['action-types', 'deregister', partnerType],
    ['third-party-clients', 'create', 'Acme'],
    ['third-party-clients', 'delete', partnerType, clientId],
  ]) {
    await expect(millrace(...args)).rejects.toMatchObject({ code: 1, stderr: expect.stringMatching(/^millrace: /) });
  }
  const filesWith = async (text: string) =>
    (await run('grep', ['-rl', '-e', text, folder]).catch(() => ({ stdout: '' }))).stdout;
  // The search works: other values are found.
  expect(await filesWith('acme.example')).toContain('.sqlite');
  for (const secret of [clientToken, 'acme-key']) expect(await filesWith(secret)).toBe('');
  expect(server.log()).not.toContain(clientToken);
}, 60_000);
