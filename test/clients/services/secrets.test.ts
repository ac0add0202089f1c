import { GetSecretValueCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { expect, test } from 'vitest';
import { callOwn } from '../../support/requests/own-api.ts';
import { account, clientConfig, type Keys, region, serve } from '../../support/servers/server.ts';

async function start() {
  const { url } = await serve();
  const client = (keys?: Keys) => new SecretsManagerClient(clientConfig(url, keys));
  const apply = (name: string, value: unknown) =>
    callOwn<{ message?: string }>(url, 'ApplyResources', {
      resources: [{ kind: 'Secret', name, document: JSON.stringify({ value }) }],
    });
  const secrets = client();
  const get = (SecretId: string, more: object = {}) => secrets.send(new GetSecretValueCommand({ SecretId, ...more }));
  return { url, client, apply, get };
}

test('returns the current version by name, by ARN and by its start', async () => {
  const { apply, get } = await start();
  await apply('shop/db', '{"password":"tr0ub4dor"}');
  const first = await get('shop/db');
  expect(first).toMatchObject({
    ARN: expect.stringMatching(
      new RegExp(`^arn:aws:secretsmanager:${region}:${account}:secret:shop/db-[A-Za-z0-9]{6}$`),
    ),
    Name: 'shop/db',
    SecretString: '{"password":"tr0ub4dor"}',
    VersionId: expect.stringMatching(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/),
    VersionStages: ['AWSCURRENT'],
    CreatedDate: expect.any(Date),
  });
  expect(first.SecretBinary).toBeUndefined();
  const { ARN = '', VersionId } = first;
  for (const id of [ARN, ARN.slice(0, -7)]) expect((await get(id)).Name).toBe('shop/db');
  expect((await get(ARN, { VersionId, VersionStage: 'AWSCURRENT' })).Name).toBe('shop/db');
  await apply('shop/db', 'next');
  expect(await get(ARN)).toMatchObject({ ARN, SecretString: 'next' });
  expect((await get(ARN)).VersionId).not.toBe(VersionId);
  await expect(get(ARN, { VersionId })).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: expect.stringContaining(`VersionId: ${VersionId}. Only the current version`),
  });
});

test.each([
  ['none', {}, "Secrets Manager can't find the specified secret."],
  ['db', { VersionStage: 'AWSPREVIOUS' }, 'staging label: AWSPREVIOUS'],
  ['db', { VersionId: 'a'.repeat(32) }, `VersionId: ${'a'.repeat(32)}`],
  [`arn:aws:secretsmanager:eu-west-1:${account}:secret:db`, {}, "can't find the specified secret."],
  [`arn:aws:secretsmanager:${region}:210987654321:secret:db`, {}, "can't find the specified secret."],
  ['arn:aws:s3:::db', {}, "can't find the specified secret."],
])('GetSecretValue of %s with %j is a ResourceNotFoundException', async (id, more, text) => {
  const { apply, get } = await start();
  await apply('db', 'x');
  await expect(get(id, more)).rejects.toMatchObject({
    name: 'ResourceNotFoundException',
    message: expect.stringContaining(text),
  });
});

test('policies allow secrets by their ARN', async () => {
  const { url, client, apply, get } = await start();
  await apply('shop/db', 'a');
  await apply('bank/db', 'b');
  const Resource = `arn:aws:secretsmanager:${region}:${account}:secret:shop/db-??????`;
  const Statement = [{ Effect: 'Allow', Action: 'secretsmanager:GetSecretValue', Resource }];
  const policies = [JSON.stringify({ Version: '2012-10-17', Statement })];
  const { answer: keys } = await callOwn<Keys>(url, 'CreateAccessKey', { name: 'shop', policies });
  const secrets = client(keys);
  expect((await secrets.send(new GetSecretValueCommand({ SecretId: 'shop/db' }))).SecretString).toBe('a');
  const { ARN } = await get('bank/db');
  for (const SecretId of ['bank/db', ARN]) {
    await expect(secrets.send(new GetSecretValueCommand({ SecretId }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`secretsmanager:GetSecretValue on resource: ${ARN}`),
    });
  }
});

test.each([
  ['a b', 'x', 'a secret is named by'],
  ['a', '', 'value: it is empty'],
  ['a', undefined, "The member 'value' is missing"],
])('the secret %j with %j is refused', async (name, value, mistake) => {
  const { apply } = await start();
  const { status, answer } = await apply(name, value);
  expect([status, answer.message]).toEqual([400, expect.stringContaining(mistake)]);
});
