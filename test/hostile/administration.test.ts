import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ListActionTypesCommand, ListPipelinesCommand } from '@aws-sdk/client-codepipeline';
import { AssumeRoleCommand, STSClient } from '@aws-sdk/client-sts';
import { expect, test } from 'vitest';
import { readProfile } from '../../src/installation/data-folder.ts';
import { temporaryFolder } from '../support/machine/temporary-folder.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { callOwn } from '../support/requests/own-api.ts';
import { account, clientConfig, type Keys, serve } from '../support/servers/server.ts';

const everything = { Effect: 'Allow', Action: '*', Resource: '*' };
const allow = (actions: string[], resource: string) => ({ Effect: 'Allow', Action: actions, Resource: resource });
const userArn = (name: string) => `arn:aws:iam::${account}:user/${name}`;

interface NewKey extends Keys {
  boundedBy: string[];
}

interface Refusal {
  __type: string;
  message: string;
}

/** Creates a key, as root unless other keys are given. */
async function createKey(url: string, name: string, statements: object[], maker?: Keys): Promise<NewKey> {
  const input = { name, policies: [JSON.stringify({ Statement: statements })] };
  const { status, answer } = await callOwn<NewKey>(url, 'CreateAccessKey', input, maker);
  expect(answer).toMatchObject({ accessKeyId: expect.any(String) });
  expect(status).toBe(200);
  return answer;
}

const denied = (message: string | RegExp) => ({
  status: 400,
  answer: { __type: 'AccessDeniedException', message: expect.stringMatching(message) as string },
});

test('the right to rotate a key does not grant the rights of that key', async () => {
  const { url, folder, codePipeline } = await serve();
  const admin = await createKey(url, 'admin', [everything]);
  const helper = await createKey(url, 'helper', [allow(['millrace:RotateAccessKey'], '*')]);
  const { answer } = await callOwn<NewKey>(url, 'RotateAccessKey', { accessKeyId: admin.accessKeyId }, helper);
  expect(answer.boundedBy).toEqual([userArn('helper')]);
  const { printed } = await runMillrace('keys', 'list', '--data', folder);
  expect(printed.join('\n')).toContain(`bounded by ${userArn('helper')}`);
  await expect(codePipeline(answer).send(new ListPipelinesCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('because no permissions boundary allows the codepipeline:ListPipelines action'),
  });
  expect((await codePipeline(admin).send(new ListPipelinesCommand({}))).pipelines).toEqual([]);
});

test('a key can rotate itself and keeps exactly its rights', async () => {
  const { url, codePipeline } = await serve();
  const own = await createKey(url, 'own', [
    allow(['codepipeline:List*'], '*'),
    allow(['millrace:RotateAccessKey'], userArn('own')),
  ]);
  const { answer } = await callOwn<NewKey>(url, 'RotateAccessKey', { accessKeyId: own.accessKeyId }, own);
  expect(answer.boundedBy).toEqual([]);
  expect((await codePipeline(answer).send(new ListPipelinesCommand({}))).pipelines).toEqual([]);
});

test('a key that creates keys cannot grant more than it has, over any number of steps', async () => {
  const { url, codePipeline } = await serve();
  const manager = await createKey(url, 'manager', [
    allow(['millrace:*'], '*'),
    allow(['codepipeline:ListPipelines'], '*'),
  ]);
  const made = await createKey(url, 'made', [everything], manager);
  expect(made.boundedBy).toEqual([userArn('manager')]);
  const again = await createKey(url, 'again', [everything], made);
  expect(again.boundedBy).toEqual([userArn('made'), userArn('manager')]);
  for (const keys of [made, again]) {
    expect((await codePipeline(keys).send(new ListPipelinesCommand({}))).pipelines).toEqual([]);
    expect(await callOwn(url, 'RotateMasterKey', {}, keys)).toMatchObject({ status: 200 });
  }
  for (const keys of [made, again]) {
    await expect(codePipeline(keys).send(new ListActionTypesCommand({}))).rejects.toThrow('permissions boundary');
  }
  const { answer } = await callOwn<{ accessKeys: { name: string; boundedBy: string[] }[] }>(url, 'ListAccessKeys', {});
  expect(answer.accessKeys.find(({ name }) => name === 'again')?.boundedBy).toEqual([
    userArn('made'),
    userArn('manager'),
  ]);
});

test('users are resources: a key for some users affects no others', async () => {
  const { url } = await serve();
  const admin = await createKey(url, 'admin', [everything]);
  const ci = await createKey(url, 'ci-1', [allow(['codepipeline:ListPipelines'], '*')]);
  const keeper = await createKey(url, 'keeper', [
    allow(['millrace:CreateAccessKey', 'millrace:DeleteAccessKey', 'millrace:RotateAccessKey'], userArn('ci-*')),
  ]);
  const policies: string[] = [];
  expect(await callOwn(url, 'CreateAccessKey', { name: 'ops', policies }, keeper)).toMatchObject(
    denied(`millrace:CreateAccessKey on resource: ${userArn('ops')} because no identity-based policy allows`),
  );
  for (const operation of ['RotateAccessKey', 'DeleteAccessKey']) {
    expect(await callOwn(url, operation, { accessKeyId: admin.accessKeyId }, keeper)).toMatchObject(
      denied(`millrace:${operation} on resource: ${userArn('admin')} because`),
    );
  }
  expect(await callOwn(url, 'ListAccessKeys', {}, keeper)).toMatchObject(denied('millrace:ListAccessKeys'));
  expect(await callOwn(url, 'CreateAccessKey', { name: 'ci-2', policies }, keeper)).toMatchObject({ status: 200 });
  expect(await callOwn(url, 'DeleteAccessKey', { accessKeyId: ci.accessKeyId }, keeper)).toMatchObject({ status: 200 });
  const unknown = { accessKeyId: 'AKIAAAAAAAAAAAAAAAAA' };
  expect(await callOwn(url, 'DeleteAccessKey', unknown, keeper)).toMatchObject({
    answer: { __type: 'ResourceNotFoundException' },
  });
});

test('no policy grants access to the root user’s keys', async () => {
  const folder = temporaryFolder();
  const { url } = await serve({ data: folder, rootAccessKeyId: undefined, rootSecretAccessKey: undefined });
  const root = await readProfile(folder);
  const second = (await callOwn<NewKey>(url, 'RotateAccessKey', { accessKeyId: root.accessKeyId }, root)).answer;
  const policies = [JSON.stringify({ Statement: [everything] })];
  const admin = (await callOwn<NewKey>(url, 'CreateAccessKey', { name: 'admin', policies }, root)).answer;
  for (const operation of ['RotateAccessKey', 'DeleteAccessKey']) {
    expect(await callOwn(url, operation, { accessKeyId: second.accessKeyId }, admin)).toMatchObject(
      denied(`on resource: arn:aws:iam::${account}:root because only a root key may change root keys`),
    );
  }
});

/** Declares roles of the installation's account and of another one; returns keys that assume them. */
async function serveRoles() {
  const file = join(temporaryFolder(), 'roles.json');
  const statement = (actions: string[]) => [{ Statement: [allow(actions, '*')] }];
  await writeFile(
    file,
    JSON.stringify([
      { name: 'releaser', policies: statement(['codepipeline:*']), trustedBy: [userArn('releaser')] },
      {
        name: 'foreign',
        account: '222222222222',
        policies: statement(['millrace:*']),
        trustedBy: [`arn:aws:iam::${account}:root`],
      },
    ]),
  );
  const { url } = await serve({ roles: file });
  const assume = async (keys: Keys | undefined, arn: string): Promise<Keys> => {
    const sts = new STSClient(clientConfig(url, keys));
    const { Credentials } = await sts.send(new AssumeRoleCommand({ RoleArn: arn, RoleSessionName: 'tester' }));
    return {
      accessKeyId: Credentials?.AccessKeyId ?? '',
      secretAccessKey: Credentials?.SecretAccessKey ?? '',
      sessionToken: Credentials?.SessionToken,
    };
  };
  return { url, assume };
}

test('a role that trusts a name cannot be assumed by creating a key with that name', async () => {
  const { url, assume } = await serveRoles();
  const releaser = `arn:aws:iam::${account}:role/releaser`;
  const trusted = await createKey(url, 'releaser', [allow(['codepipeline:ListPipelines'], '*')]);
  expect(await assume(trusted, releaser)).toMatchObject({ accessKeyId: expect.stringMatching(/^ASIA/) });
  const manager = await createKey(url, 'manager', [allow(['millrace:*', 'sts:AssumeRole'], '*')]);
  const impostor = await createKey(url, 'releaser', [everything], manager);
  await expect(assume(impostor, releaser)).rejects.toMatchObject({ name: 'AccessDenied' });
});

test("only the installation's own account can rotate the master key", async () => {
  const { url, assume } = await serveRoles();
  const foreign = await assume(undefined, 'arn:aws:iam::222222222222:role/foreign');
  expect(await callOwn<Refusal>(url, 'RotateMasterKey', {}, foreign)).toMatchObject(
    denied(`the master key belongs to the account of the installation, ${account}`),
  );
  expect(await callOwn(url, 'ListAccessKeys', {}, foreign)).toMatchObject({ status: 200, answer: { accessKeys: [] } });
  expect(await callOwn(url, 'RotateMasterKey', {})).toMatchObject({ status: 200, answer: { version: 2 } });
});
