import { createHmac } from 'node:crypto';
import { CreateBucketCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { createKey } from '../support/requests/own-api.ts';
import { sendRaw } from '../support/requests/signed-request.ts';
import { type Keys, rootKey, serve } from '../support/servers/server.ts';

const inAnHour = () => Math.floor(Date.now() / 1000) + 3600;

/** Presigns a URL with signature version 2 as boto3 does; `signed` are parameters covered by the signature. */
function presign(
  method: string,
  path: string,
  {
    keys = rootKey as Keys,
    expires = inAnHour(),
    signed = '',
    amazon = {},
    type = '',
    resource = path,
  }: {
    keys?: Keys;
    expires?: number;
    signed?: string;
    amazon?: Record<string, string>;
    type?: string;
    resource?: string;
  } = {},
): string {
  const lines = Object.entries(amazon).map(([name, value]) => `${name}:${value}\n`);
  const choice = signed === '' ? '' : `?${signed}`;
  const text = `${method}\n\n${type}\n${expires}\n${lines.join('')}${resource}${choice}`;
  const signature = createHmac('sha1', keys.secretAccessKey).update(text).digest('base64');
  const parameters = { AWSAccessKeyId: keys.accessKeyId, ...amazon, Signature: signature, Expires: String(expires) };
  const own = Object.entries(parameters).map(([name, value]) => `${name}=${encodeURIComponent(value)}`);
  const choices = signed.split('&').filter((part) => part !== '');
  return `${path}?${[...own, ...choices.map((part) => part.replace(/=.*/, (value) => `=${encodeURIComponent(value.slice(1))}`))].join('&')}`;
}

async function serveBox(settings: Parameters<typeof serve>[0] = {}) {
  const server = await serve(settings);
  const s3 = server.s3();
  for (const Bucket of ['box', 'other']) await s3.send(new CreateBucketCommand({ Bucket }));
  for (const [Bucket, Key] of [
    ['box', 'a b'],
    ['other', 'secret'],
    ['other', 'box/secret'],
  ] as const) {
    await s3.send(new PutObjectCommand({ Bucket, Key, Body: `${Bucket}/${Key}` }));
  }
  const send = async (method: string, path: string, headers: Record<string, string> = {}, body = '') => {
    const { status, body: text } = await sendRaw(server.url, { method, path, headers, body });
    return { status, text };
  };
  return { ...server, send };
}

test('objects can be read and written with URLs of signature version 2', async () => {
  const { send } = await serveBox();
  expect(await send('GET', presign('GET', '/box/a%20b'))).toEqual({ status: 200, text: 'box/a b' });
  expect((await send('HEAD', presign('HEAD', '/box/a%20b'))).status).toBe(200);
  const amazon = { 'x-amz-meta-owner': 'me' };
  const put = presign('PUT', '/box/new', { amazon, type: 'text/plain' });
  expect((await send('PUT', put, { 'content-type': 'text/plain' }, 'content')).status).toBe(200);
  expect((await send('GET', presign('GET', '/box/new', { signed: 'response-content-type=a/b' }))).text).toBe('content');
  const byHost = presign('GET', '/secret', { resource: '/other/secret' });
  expect(await send('GET', byHost, { host: 'other.localhost' })).toEqual({ status: 200, text: 'other/secret' });
});

test('a URL is valid for its own object only, and cannot be extended', async () => {
  const { send } = await serveBox();
  const good = presign('GET', '/box/a%20b');
  const codeOf = async (method: string, path: string, headers: Record<string, string> = {}) => {
    const { status, text } = await send(method, path, headers);
    return [status, /<Code>(\w+)</.exec(text)?.[1]];
  };
  const mismatch = [403, 'SignatureDoesNotMatch'];
  expect(await codeOf('GET', good.replace('a%20b', 'c'))).toEqual(mismatch);
  expect(await codeOf('PUT', good)).toEqual(mismatch);
  expect(await codeOf('GET', `${good}&versionId=null`)).toEqual(mismatch);
  expect(await codeOf('GET', `${good}&x-amz-meta-a=b`)).toEqual(mismatch);
  expect(await codeOf('GET', good, { 'x-amz-request-payer': 'requester' })).toEqual(mismatch);
  const secret = presign('GET', '/box/secret');
  expect(await codeOf('GET', secret, { host: 'other.localhost' })).toEqual(mismatch);
  for (const more of ['acl', 'tagging', 'uploadId=1', 'list-type=2', 'prefix=', 'X-Amz-Expires=1']) {
    expect([more, ...(await codeOf('GET', `${good}&${more}`))]).toEqual([more, 400, 'InvalidRequest']);
  }
  expect(await codeOf('DELETE', presign('DELETE', '/box/a%20b'))).toEqual([400, 'InvalidRequest']);
  expect(await codeOf('GET', presign('GET', '/box'))).toEqual([400, 'InvalidRequest']);
  expect(await codeOf('GET', `${good}&Expires=9999999999`)).toEqual([400, 'AuthorizationQueryParametersError']);
  const chunked = { 'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER' };
  expect(await codeOf('PUT', presign('PUT', '/box/x', { amazon: chunked }))).toEqual([400, 'InvalidRequest']);
  expect(await codeOf('GET', presign('GET', '/box/a%20b', { expires: inAnHour() - 7200 }))).toEqual([
    403,
    'AccessDenied',
  ]);
});

test('policies apply to the key, temporary keys are rejected, and a setting disables these URLs', async () => {
  const { url, send } = await serveBox();
  const keys = await createKey(url, 'reader', ['s3:GetObject']);
  expect((await send('GET', presign('GET', '/box/a%20b', { keys }))).status).toBe(200);
  expect((await send('PUT', presign('PUT', '/box/a%20b', { keys }))).status).toBe(403);
  const amazon = { 'x-amz-security-token': 'token' };
  expect((await send('GET', presign('GET', '/box/a%20b', { amazon }))).status).toBe(400);
  const off = await serveBox({ version2Urls: 'off' });
  expect((await off.send('GET', presign('GET', '/box/a%20b'))).text).toContain('<Code>InvalidRequest</Code>');
});
