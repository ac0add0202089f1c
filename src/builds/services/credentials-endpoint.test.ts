import { CodePipelineClient } from '@aws-sdk/client-codepipeline';
import { afterEach, expect, test, vi } from 'vitest';
import { createGrowingMask } from '../../masking/growing-mask.ts';
import { openCredentialsEndpoint, type RoleCredentials } from './credentials-endpoint.ts';

const credentials: RoleCredentials = {
  accessKeyId: 'ASIAEXAMPLE',
  secretAccessKey: 'tr0ub4dor-secret',
  sessionToken: 'c0rrect-token',
  expiresAt: Date.UTC(2030, 0, 2, 3, 4, 5, 600),
};

const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.unstubAllEnvs();
  for (const close of closers.splice(0)) await close();
});

async function open(read: () => Promise<RoleCredentials> = async () => credentials) {
  const masked = createGrowingMask();
  const endpoint = await openCredentialsEndpoint(read, masked);
  closers.push(endpoint.close);
  const { AWS_CONTAINER_CREDENTIALS_FULL_URI: url = '', AWS_CONTAINER_AUTHORIZATION_TOKEN: token = '' } =
    endpoint.variables;
  return { url, token, mask: masked.mask, endpoint };
}

test('the official SDK takes its credentials, which are masked from then on', async () => {
  const { endpoint, token, mask } = await open();
  expect(mask.mask(`${token} tr0ub4dor-secret`)).toBe('*** tr0ub4dor-secret');
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_PROFILE']) vi.stubEnv(name, undefined);
  for (const name of ['AWS_CONFIG_FILE', 'AWS_SHARED_CREDENTIALS_FILE']) vi.stubEnv(name, '/nowhere');
  for (const [name, value] of Object.entries(endpoint.variables)) vi.stubEnv(name, value);
  const client = new CodePipelineClient({ region: 'us-east-1' });
  expect(await client.config.credentials()).toMatchObject({
    accessKeyId: 'ASIAEXAMPLE',
    secretAccessKey: 'tr0ub4dor-secret',
    sessionToken: 'c0rrect-token',
    expiration: new Date(Date.UTC(2030, 0, 2, 3, 4, 5)),
  });
  expect(mask.mask('tr0ub4dor-secret c0rrect-token ASIAEXAMPLE')).toBe('*** *** ASIAEXAMPLE');
  expect(mask.mask(Buffer.from('x:tr0ub4dor-secret').toString('base64'))).not.toContain('dHIwdWI0ZG9y');
});

test('callers without the token, and other calls, learn nothing', async () => {
  const read = vi.fn(async () => credentials);
  const { url, token } = await open(read);
  const headers = { authorization: token };
  expect((await fetch(url)).status).toBe(403);
  for (const authorization of ['', `${token}x`, `Bearer ${token}`]) {
    expect((await fetch(url, { headers: { authorization } })).status).toBe(403);
  }
  for (const other of ['/', '/credentials/', '/credentials?a=b']) {
    expect((await fetch(new URL(other, url), { headers })).status).toBe(404);
  }
  expect((await fetch(url, { method: 'POST', headers })).status).toBe(404);
  expect(read).not.toHaveBeenCalled();
  expect((await fetch(url, { headers })).status).toBe(200);
});

test('a failure is no answer that clients take for credentials', async () => {
  const { url, token } = await open(async () => {
    throw new Error('tr0ub4dor');
  });
  const response = await fetch(url, { headers: { authorization: token } });
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('tr0ub4dor');
});

test('each endpoint has its own token, and is gone after the build', async () => {
  const [one, other] = [await open(), await open()];
  expect((await fetch(one.url, { headers: { authorization: other.token } })).status).toBe(403);
  await one.endpoint.close();
  closers.shift();
  await expect(fetch(one.url)).rejects.toThrow();
});
