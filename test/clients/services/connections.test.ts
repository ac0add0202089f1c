import {
  CodeStarConnectionsClient,
  CreateConnectionCommand,
  DeleteConnectionCommand,
  GetConnectionCommand,
  ListConnectionsCommand,
  ListTagsForResourceCommand,
  TagResourceCommand,
  UntagResourceCommand,
} from '@aws-sdk/client-codestar-connections';
import { expect, test } from 'vitest';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { callService } from '../../support/requests/service-call.ts';
import { account, clientConfig, type Keys, region, serve } from '../../support/servers/server.ts';

async function start() {
  const { url } = await serve();
  const client = (keys?: Keys) => new CodeStarConnectionsClient(clientConfig(url, keys));
  const declare = async (kind: string, name: string, document: object) => {
    const resources = [{ kind, name, document: JSON.stringify(document) }];
    expect(await callOwn(url, 'ApplyResources', { resources })).toMatchObject({ status: 200 });
  };
  const connections = client();
  const statusOf = async (ConnectionArn: string) =>
    (await connections.send(new GetConnectionCommand({ ConnectionArn }))).Connection?.ConnectionStatus;
  return { url, client, connections, declare, statusOf };
}

test("Terraform's calls: create, read, no difference, change tags, destroy", async () => {
  const { url, connections } = await start();
  const { ConnectionArn = '' } = await connections.send(
    new CreateConnectionCommand({
      ConnectionName: 'shop',
      ProviderType: 'GitHub',
      Tags: [{ Key: 'team', Value: 'a' }],
    }),
  );
  expect(ConnectionArn).toMatch(
    new RegExp(`^arn:aws:codestar-connections:${region}:${account}:connection/[0-9a-f-]{36}$`),
  );
  const read = async () => [
    (await connections.send(new GetConnectionCommand({ ConnectionArn }))).Connection,
    (await connections.send(new ListTagsForResourceCommand({ ResourceArn: ConnectionArn }))).Tags,
  ];
  const connection = {
    ConnectionArn,
    ConnectionName: 'shop',
    ConnectionStatus: 'PENDING',
    OwnerAccountId: account,
    ProviderType: 'GitHub',
  };
  expect(await read()).toEqual([connection, [{ Key: 'team', Value: 'a' }]]);
  expect(await read()).toEqual([connection, [{ Key: 'team', Value: 'a' }]]);
  await connections.send(new UntagResourceCommand({ ResourceArn: ConnectionArn, TagKeys: ['team', 'none'] }));
  await connections.send(new TagResourceCommand({ ResourceArn: ConnectionArn, Tags: [{ Key: 'owner', Value: '' }] }));
  expect(await read()).toEqual([connection, [{ Key: 'owner', Value: '' }]]);
  await connections.send(new DeleteConnectionCommand({ ConnectionArn }));
  for (const command of [
    new GetConnectionCommand({ ConnectionArn }),
    new ListTagsForResourceCommand({ ResourceArn: ConnectionArn }),
    new TagResourceCommand({ ResourceArn: ConnectionArn, Tags: [] }),
    new UntagResourceCommand({ ResourceArn: ConnectionArn, TagKeys: [] }),
    new DeleteConnectionCommand({ ConnectionArn }),
  ]) {
    await expect(connections.send(command as GetConnectionCommand)).rejects.toMatchObject({
      name: 'ResourceNotFoundException',
      message: `Connection not found: ${ConnectionArn}`,
    });
  }
  const { answer } = await callOwn<{ entries: { action: string; subject: string }[] }>(url, 'ListAuditEntries', {});
  expect(answer.entries.filter(({ subject }) => subject === ConnectionArn).map(({ action }) => action)).toEqual([
    'DeleteConnection',
    'CreateConnection',
  ]);
});

test('a connection is AVAILABLE when it or a repository for it is declared', async () => {
  const { connections, declare, statusOf } = await start();
  const create = async (ConnectionName: string) =>
    (await connections.send(new CreateConnectionCommand({ ConnectionName, ProviderType: 'GitLab' }))).ConnectionArn!;
  const [first, second, third] = [await create('a'), await create('b'), await create('c')];
  await declare('Repository', 'named', { url: 'https://git.example.com/x', connectionArn: first });
  expect([await statusOf(first), await statusOf(second)]).toEqual(['AVAILABLE', 'PENDING']);
  await declare('Connection', 'lab', { arn: second, providerType: 'GitLab' });
  expect([await statusOf(second), await statusOf(third)]).toEqual(['AVAILABLE', 'PENDING']);
  await declare('Repository', 'mirror', { url: 'https://git.example.com/y' });
  expect(await statusOf(third)).toBe('PENDING');
  await declare('Repository', 'any', { url: 'https://git.example.com/z', fullRepositoryId: 'team/z' });
  expect(await statusOf(third)).toBe('AVAILABLE');
});

test('a declared connection keeps the ARN it has at AWS', async () => {
  const { url, connections, declare } = await start();
  const arn = 'arn:aws:codestar-connections:eu-west-1:210987654321:connection/aEXAMPLE-8aad-4d5d-8878-dfcab0bc441f';
  await declare('Connection', 'forge', { arn });
  const Connection = {
    ConnectionArn: arn,
    ConnectionName: 'forge',
    ConnectionStatus: 'AVAILABLE',
    OwnerAccountId: '210987654321',
    ProviderType: 'GitHub',
  };
  expect((await connections.send(new GetConnectionCommand({ ConnectionArn: arn }))).Connection).toEqual(Connection);
  await expect(connections.send(new DeleteConnectionCommand({ ConnectionArn: arn }))).rejects.toMatchObject({
    name: 'ValidationException',
    message: expect.stringContaining('millrace resources delete Connection forge'),
  });
  expect((await connections.send(new ListTagsForResourceCommand({ ResourceArn: arn }))).Tags).toEqual([]);
  for (const command of [
    new TagResourceCommand({ ResourceArn: arn, Tags: [tag('a')] }),
    new UntagResourceCommand({ ResourceArn: arn, TagKeys: ['a'] }),
  ]) {
    await expect(connections.send(command as TagResourceCommand)).rejects.toMatchObject({
      name: 'ValidationException',
      message: expect.stringContaining('it has no tags'),
    });
  }
  const wrong = [{ kind: 'Connection', name: 'x', document: '{"arn":"arn:aws:s3:::x","providerType":"Forge"}' }];
  const { answer } = await callOwn<{ message: string }>(url, 'ApplyResources', { resources: wrong });
  expect(answer.message).toContain('arn: expected the ARN of a connection');
  expect(answer.message).toContain('providerType: expected one of AzureDevOps, Bitbucket, GitHub');
});

test('both names of the service know the connections of both', async () => {
  const { url, connections } = await start();
  const input = { ConnectionName: 'azure', ProviderType: 'AzureDevOps' };
  const created = await callService(url, 'codeconnections', 'CreateConnection', input);
  expect(created).toMatchObject({ status: 200, headers: { 'content-type': 'application/x-amz-json-1.0' } });
  const arn = String(created.document.ConnectionArn);
  expect(arn).toMatch(/^arn:aws:codeconnections:us-east-1:123456789012:connection\//);
  expect((await connections.send(new GetConnectionCommand({ ConnectionArn: arn }))).Connection?.ConnectionName).toBe(
    'azure',
  );
  // A policy may name one ARN only, so no other spelling reaches the connection.
  const other = arn.replace('codeconnections', 'codestar-connections');
  const missing = await callService(url, 'codeconnections', 'GetConnection', { ConnectionArn: other });
  expect(missing.document).toEqual({ __type: 'ResourceNotFoundException', Message: `Connection not found: ${other}` });
});

test('lists pages, by provider type', async () => {
  const { connections } = await start();
  for (const [ConnectionName, ProviderType] of [
    ['a', 'GitHub'],
    ['a', 'GitHub'],
    ['b', 'Bitbucket'],
    ['c', 'GitHub'],
  ] as const) {
    await connections.send(new CreateConnectionCommand({ ConnectionName, ProviderType }));
  }
  const ofGitHub = { ProviderTypeFilter: 'GitHub', MaxResults: 2 } as const;
  const first = await connections.send(new ListConnectionsCommand(ofGitHub));
  const second = await connections.send(new ListConnectionsCommand({ ...ofGitHub, NextToken: first.NextToken }));
  expect([first.Connections?.length, second.Connections?.length, second.NextToken]).toEqual([2, 1, undefined]);
  const all = await connections.send(new ListConnectionsCommand({}));
  expect(all.Connections).toHaveLength(4);
  const HostArnFilter = `arn:aws:codestar-connections:${region}:${account}:host/h`;
  expect((await connections.send(new ListConnectionsCommand({ HostArnFilter }))).Connections).toEqual([]);
  await expect(
    connections.send(new ListConnectionsCommand({ NextToken: first.NextToken, MaxResults: 2 })),
  ).rejects.toMatchObject({ name: 'ValidationException' });
});

const tag = (Key: string) => ({ Key, Value: 'v' });

test.each([
  ['without a provider type', { ConnectionName: 'a' }, 'ValidationException', 'ProviderType or a HostArn'],
  [
    'with a host',
    { ConnectionName: 'a', HostArn: 'arn:aws:codestar-connections:us-east-1:123456789012:host/h' },
    'ResourceNotFoundException',
    'Host not found',
  ],
  ['with a long name', { ConnectionName: 'a'.repeat(33), ProviderType: 'GitHub' }, 'ValidationException', '32'],
  ['with a wrong type', { ConnectionName: 'a', ProviderType: 'Forge' }, 'ValidationException', 'enum value set'],
  [
    'with a system tag',
    { ConnectionName: 'a', ProviderType: 'GitHub', Tags: [tag('aws:x')] },
    'ValidationException',
    'aws:',
  ],
  [
    'with a tag twice',
    { ConnectionName: 'a', ProviderType: 'GitHub', Tags: [tag('x'), tag('x')] },
    'ValidationException',
    "'x' is used twice",
  ],
  [
    'with too many tags',
    { ConnectionName: 'a', ProviderType: 'GitHub', Tags: Array.from({ length: 51 }, (_, index) => tag(`k${index}`)) },
    'LimitExceededException',
    '50 tags',
  ],
])('CreateConnection %s is refused', async (_, input, name, message) => {
  const { connections } = await start();
  const creating = connections.send(new CreateConnectionCommand(input as { ConnectionName: string }));
  await expect(creating).rejects.toMatchObject({ name, message: expect.stringContaining(message) });
  expect((await connections.send(new ListConnectionsCommand({}))).Connections).toEqual([]);
});

test('policies allow the actions of either name, by ARN and by tags', async () => {
  const { url, client, connections } = await start();
  const reader = client(await createKey(url, 'reader', ['codestar-connections:GetConnection']));
  const { ConnectionArn } = await connections.send(
    new CreateConnectionCommand({ ConnectionName: 'a', ProviderType: 'GitHub', Tags: [tag('team')] }),
  );
  await reader.send(new GetConnectionCommand({ ConnectionArn }));
  await expect(reader.send(new DeleteConnectionCommand({ ConnectionArn }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
    message: expect.stringContaining(`codestar-connections:DeleteConnection on resource: ${ConnectionArn}`),
  });
  const policy = {
    Version: '2012-10-17',
    Statement: [
      {
        Effect: 'Allow',
        Action: 'codestar-connections:*',
        Resource: '*',
        Condition: { StringEquals: { 'aws:ResourceTag/team': 'v' } },
      },
    ],
  };
  const { answer } = await callOwn<Keys>(url, 'CreateAccessKey', { name: 'team', policies: [JSON.stringify(policy)] });
  await client(answer).send(new GetConnectionCommand({ ConnectionArn }));
  await connections.send(new UntagResourceCommand({ ResourceArn: ConnectionArn, TagKeys: ['team'] }));
  await expect(client(answer).send(new GetConnectionCommand({ ConnectionArn }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});
