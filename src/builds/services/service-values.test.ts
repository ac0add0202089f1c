import { expect, test } from 'vitest';
import { readSecretReference } from './secret-reference.ts';
import { serviceEndpoints } from './service-endpoints.ts';
import { type CallService, serviceValues } from './service-values.ts';

const arn = 'arn:aws:secretsmanager:us-east-1:123456789012:secret:shop/db-a1B2c3';

test.each([
  ['shop/db', { id: 'shop/db' }],
  ['shop/db:password', { id: 'shop/db', key: 'password' }],
  ['shop/db::AWSCURRENT', { id: 'shop/db', stage: 'AWSCURRENT' }],
  ['shop/db:password::v1', { id: 'shop/db', key: 'password', versionId: 'v1' }],
  [arn, { id: arn }],
  [`${arn}:password:AWSCURRENT:v1`, { id: arn, key: 'password', stage: 'AWSCURRENT', versionId: 'v1' }],
])('%s names %j', (reference, expected) => {
  expect(readSecretReference(reference)).toEqual(expected);
});

test('parameters and secrets are read with one call each', async () => {
  const calls: unknown[] = [];
  const values = serviceValues(async (service, operation, input) => {
    calls.push([service, operation, input]);
    if (service === 'ssm') return { Parameters: [{ Value: 'db.example.com' }] };
    return { SecretString: '{"password":"tr0ub4dor","port":5432}' };
  });
  expect(await values.parameter('/shop/host')).toBe('db.example.com');
  expect(await values.secret('shop/db')).toBe('{"password":"tr0ub4dor","port":5432}');
  expect(await values.secret('shop/db:password:AWSCURRENT')).toBe('tr0ub4dor');
  expect(await values.secret('shop/db:port')).toBe('5432');
  expect(calls.slice(0, 3)).toEqual([
    ['ssm', 'GetParameters', { Names: ['/shop/host'], WithDecryption: true }],
    ['secretsmanager', 'GetSecretValue', { SecretId: 'shop/db' }],
    ['secretsmanager', 'GetSecretValue', { SecretId: 'shop/db', VersionStage: 'AWSCURRENT' }],
  ]);
});

test('what is missing is named', async () => {
  const call: CallService = async (service) => (service === 'ssm' ? { Parameters: [] } : { SecretString: '7' });
  const values = serviceValues(call);
  await expect(values.parameter('/shop/none')).rejects.toThrow("There is no parameter '/shop/none'.");
  await expect(values.secret('shop/db:password')).rejects.toThrow("The secret 'shop/db' has no key 'password'.");
});

test('each service has a variable of its own', () => {
  expect(serviceEndpoints('http://127.0.0.1:7090', ['S3', 'Secrets Manager', 'CodeStar connections'])).toEqual({
    AWS_ENDPOINT_URL_S3: 'http://127.0.0.1:7090',
    AWS_ENDPOINT_URL_SECRETS_MANAGER: 'http://127.0.0.1:7090',
    AWS_ENDPOINT_URL_CODESTAR_CONNECTIONS: 'http://127.0.0.1:7090',
  });
});
