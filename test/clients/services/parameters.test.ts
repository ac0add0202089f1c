import { GetParameterCommand, GetParametersCommand, SSMClient } from '@aws-sdk/client-ssm';
import { expect, test } from 'vitest';
import { callOwn, createKey } from '../../support/requests/own-api.ts';
import { account, clientConfig, type Keys, region, serve } from '../../support/servers/server.ts';

const arn = (name: string) => `arn:aws:ssm:${region}:${account}:parameter/${name}`;

async function start() {
  const { url, folder } = await serve();
  const client = (keys?: Keys) => new SSMClient(clientConfig(url, keys));
  const apply = async (...parameters: [name: string, document: object][]) => {
    const resources = parameters.map(([name, document]) => ({
      kind: 'Parameter',
      name,
      document: JSON.stringify(document),
    }));
    return callOwn<{ message?: string }>(url, 'ApplyResources', { resources });
  };
  const ssm = client();
  const get = async (Name: string, WithDecryption?: boolean) =>
    (await ssm.send(new GetParameterCommand({ Name, WithDecryption }))).Parameter;
  return { url, folder, client, ssm, apply, get };
}

test('returns each type, by name, version and ARN', async () => {
  const { apply, get } = await start();
  await apply(['/shop/host', { value: 'db' }]);
  await apply(['/shop/host', { value: 'db.example.com' }], ['zones', { values: ['a', 'b'] }]);
  const host = {
    Name: '/shop/host',
    Type: 'String',
    Value: 'db.example.com',
    Version: 2,
    LastModifiedDate: expect.any(Date),
    ARN: arn('shop/host'),
    DataType: 'text',
  };
  expect(await get('/shop/host')).toEqual(host);
  expect(await get(arn('shop/host'))).toEqual(host);
  expect(await get('/shop/host:2')).toEqual({ ...host, Selector: ':2' });
  expect(await get(`${arn('shop/host')}:2`)).toEqual({ ...host, Selector: ':2' });
  expect(await get('zones')).toMatchObject({ Type: 'StringList', Value: 'a,b', ARN: arn('zones'), Version: 1 });
  expect(await get(arn('zones'))).toMatchObject({ Name: 'zones' });
});

test('a SecureString is sealed, and shown in clear only if that is asked for', async () => {
  const { url, apply, get } = await start();
  await apply(['/shop/password', { secureValue: 'tr0ub4dor' }]);
  expect(await get('/shop/password', true)).toMatchObject({ Type: 'SecureString', Value: 'tr0ub4dor' });
  const encrypted = await get('/shop/password');
  expect(encrypted).toMatchObject({ Type: 'SecureString' });
  expect(encrypted?.Value).not.toContain('tr0ub4dor');
  const shown = await callOwn(url, 'GetResource', { kind: 'Parameter', name: '/shop/password' });
  expect(JSON.stringify(shown.answer)).not.toContain('tr0ub4dor');
});

test.each([
  ['/shop/none', 'ParameterNotFound', '/shop/none'],
  ['shop/host', 'ParameterNotFound', 'shop/host'],
  ['/shop/host:1', 'ParameterVersionNotFound', 'version 1'],
  ['/shop/host:stable', 'ParameterVersionNotFound', 'no labels'],
  ['/shop:/host', 'ParameterNotFound', '/shop:/host'],
  [`arn:aws:ssm:eu-west-1:${account}:parameter/shop/host`, 'ParameterNotFound', 'eu-west-1'],
  [`arn:aws:ssm:${region}:210987654321:parameter/shop/host`, 'ParameterNotFound', '210987654321'],
  ['a'.repeat(2049), 'ValidationException', '2048'],
])('GetParameter of %s is %s', async (name, code, text) => {
  const { apply, get } = await start();
  await apply(['/shop/host', { value: 'db' }]);
  await apply(['/shop/host', { value: 'db2' }]);
  await expect(get(name)).rejects.toMatchObject({ name: code, message: expect.stringContaining(text) });
});

test('GetParameters returns what there is, and names the rest', async () => {
  const { apply, ssm } = await start();
  await apply(['a', { value: '1' }], ['b', { secureValue: '2' }]);
  const Names = ['b', 'none', 'a', 'a:7', 'b'];
  const found = await ssm.send(new GetParametersCommand({ Names, WithDecryption: true }));
  expect(found.Parameters?.map(({ Name, Value }) => [Name, Value])).toEqual([
    ['b', '2'],
    ['a', '1'],
  ]);
  expect(found.InvalidParameters).toEqual(['none', 'a:7']);
  await expect(ssm.send(new GetParametersCommand({ Names: Array(11).fill('a') }))).rejects.toMatchObject({
    name: 'ValidationException',
  });
});

test('policies allow parameters by their ARN', async () => {
  const { url, client, apply } = await start();
  await apply(['/shop/host', { value: 'db' }], ['/bank/host', { value: 'vault' }]);
  const Statement = [{ Effect: 'Allow', Action: 'ssm:GetParameter*', Resource: arn('shop/*') }];
  const policies = [JSON.stringify({ Version: '2012-10-17', Statement })];
  const { answer: keys } = await callOwn<Keys>(url, 'CreateAccessKey', { name: 'shop', policies });
  const ssm = client(keys);
  for (const Name of ['/shop/host', 'shop/host:1', arn('shop/host')]) {
    const error: Error | undefined = await ssm.send(new GetParameterCommand({ Name })).then(
      () => undefined,
      (reason: Error) => reason,
    );
    expect(error?.name, Name).not.toBe('AccessDeniedException');
  }
  for (const Names of [['/bank/host'], ['/shop/host', '/bank/host']]) {
    await expect(ssm.send(new GetParametersCommand({ Names }))).rejects.toMatchObject({
      name: 'AccessDeniedException',
      message: expect.stringContaining(`ssm:GetParameters on resource: ${arn('bank/host')}`),
    });
  }
  // The right to manage resources does not show their secrets.
  const manager = client(await createKey(url, 'manager', ['millrace:*']));
  await expect(manager.send(new GetParameterCommand({ Name: '/shop/host' }))).rejects.toMatchObject({
    name: 'AccessDeniedException',
  });
});

test.each([
  ['/a//b', { value: 'x' }, 'a parameter is named like shop or /shop/db/host'],
  ['a:1', { value: 'x' }, 'a parameter is named like'],
  ['a', {}, 'value: a parameter needs value, values or secureValue'],
  ['a', { value: 'x', secureValue: 'y' }, 'secureValue: a parameter cannot have value as well'],
  ['a', { values: [] }, 'values: the list is empty'],
  ['a', { values: ['x,y'] }, 'values: one has a comma'],
  ['a', { value: 7 }, 'value: expected a text'],
])('the parameter %s with %j is refused', async (name, document, mistake) => {
  const { apply } = await start();
  const { status, answer } = await apply([name, document]);
  expect([status, answer.message]).toEqual([400, expect.stringContaining(mistake)]);
});
