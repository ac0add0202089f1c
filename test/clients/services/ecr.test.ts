import { ECRClient, GetAuthorizationTokenCommand } from '@aws-sdk/client-ecr';
import { expect, test } from 'vitest';
import { callOwn } from '../../support/requests/own-api.ts';
import { account, clientConfig, type Keys, serve } from '../../support/servers/server.ts';

const url = 'https://images.example.com/mirror';

async function start(...registries: { name: string; [member: string]: unknown }[]) {
  const server = await serve();
  const resources = registries.map(({ name, ...document }) => ({
    kind: 'Registry',
    name,
    document: JSON.stringify({ url, ...document }),
  }));
  await callOwn(server.url, 'ApplyResources', { resources });
  const client = (keys?: Keys) => new ECRClient(clientConfig(server.url, keys));
  const ecr = client();
  const tokens = async (registryIds?: string[]) => {
    const { authorizationData = [] } = await ecr.send(new GetAuthorizationTokenCommand({ registryIds }));
    return authorizationData.map(({ authorizationToken = '', proxyEndpoint, expiresAt }) => ({
      token: Buffer.from(authorizationToken, 'base64').toString(),
      proxyEndpoint,
      expiresAt,
    }));
  };
  return { url: server.url, client, tokens };
}

test('returns user and password of the only registry for twelve hours', async () => {
  const { tokens } = await start({ name: 'own', username: 'ada', password: 'tr0ub4dor' });
  const [found, ...others] = await tokens();
  expect(others).toEqual([]);
  expect(found).toMatchObject({ token: 'ada:tr0ub4dor', proxyEndpoint: 'https://images.example.com' });
  const hours = (Number(found?.expiresAt) - Date.now()) / 3_600_000;
  expect(hours).toBeGreaterThan(11);
  expect(hours).toBeLessThanOrEqual(12);
});

test('a registry without a password gets one that means nothing', async () => {
  const { tokens } = await start({ name: 'open' });
  expect(await tokens()).toMatchObject([{ token: 'AWS:anonymous' }]);
});

test('registries are found by their id, and that of the account by default', async () => {
  const { tokens } = await start(
    { name: 'hub', username: 'hub', password: 'other' },
    { name: 'own', username: 'own', password: 'first', registryId: account },
    { name: 'team', username: 'team', password: 'second', registryId: '210987654321' },
  );
  expect(await tokens()).toMatchObject([{ token: 'own:first' }]);
  const both = await tokens(['210987654321', account, account]);
  expect(both).toMatchObject([{ token: 'team:second' }, { token: 'own:first' }]);
});

test.each([
  [[], undefined, `There is no registry ${account}. Declare a resource of the kind Registry`],
  [[{ name: 'own' }], ['210987654321'], 'There is no registry 210987654321.'],
  [[{ name: 'a' }, { name: 'b' }], undefined, `Several registries can be ${account}: 'a', 'b'. Give one of these`],
])('of the registries %j, %j is a mistake', async (registries, ids, message) => {
  const { tokens } = await start(...registries);
  await expect(tokens(ids)).rejects.toMatchObject({
    name: 'InvalidParameterException',
    message: expect.stringContaining(message),
  });
});

test('policies allow it on everything', async () => {
  const { url: server, client } = await start({ name: 'own' });
  const keysFor = async (Resource: string) => {
    const Statement = [{ Effect: 'Allow', Action: 'ecr:GetAuthorizationToken', Resource }];
    const policies = [JSON.stringify({ Version: '2012-10-17', Statement })];
    return (await callOwn<Keys>(server, 'CreateAccessKey', { name: 'docker', policies })).answer;
  };
  const allowed = client(await keysFor('*'));
  expect((await allowed.send(new GetAuthorizationTokenCommand({}))).authorizationData).toHaveLength(1);
  const denied = client(await keysFor('arn:aws:ecr:us-east-1:123456789012:repository/own'));
  await expect(denied.send(new GetAuthorizationTokenCommand({}))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining('ecr:GetAuthorizationToken'),
  });
});
