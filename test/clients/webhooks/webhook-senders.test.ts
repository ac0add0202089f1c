import { createHmac } from 'node:crypto';
import { expect, test } from 'vitest';
import { sourceKey } from '../../support/pipelines/scenario.ts';
import {
  eventHeaders,
  openHook,
  post,
  push,
  webhookSecret,
  webhookStory,
} from '../../support/pipelines/webhook-events.ts';
import { openRawSocket } from '../../support/requests/raw-socket.ts';
import { sendRaw } from '../../support/requests/signed-request.ts';
import { serveEdge } from '../../support/servers/edge-server.ts';
import { account, region, serve } from '../../support/servers/server.ts';

const isStarted = { status: 200, pipelineExecutionId: expect.any(String) };

test('GITHUB_HMAC accepts either signature of GitHub, prefers the stronger, and rejects others with 403 (behaviour C.13)', async () => {
  const story = await webhookStory(await serve());
  const url = await story.put();
  const sign = (algorithm: 'sha1' | 'sha256', body = push(), secret = webhookSecret) =>
    `${algorithm}=${createHmac(algorithm, secret).update(body).digest('hex')}`;
  const missing = { status: 403, message: expect.stringContaining('not signed') };
  const mismatch = { status: 403, message: expect.stringContaining('does not match') };
  expect(await post(url, push(), {})).toEqual(missing);
  expect(await post(url, push(), { 'X-Gitlab-Token': webhookSecret })).toEqual(missing);
  for (const headers of [
    { 'X-Hub-Signature-256': sign('sha256', push(), 'guess') },
    { 'X-Hub-Signature-256': sign('sha256', push(2)) },
    { 'X-Hub-Signature-256': sign('sha256', push(), 'guess'), 'X-Hub-Signature': sign('sha1') },
  ]) {
    expect(await post(url, push(), headers as Record<string, string>)).toEqual(mismatch);
  }
  expect(await story.started()).toEqual([]);
  expect((await story.listed()).errorCode).toBeUndefined();
  expect(await post(url, push(1), { 'X-Hub-Signature-256': sign('sha256') })).toMatchObject(isStarted);
  expect(await post(url, push(2), { 'X-Hub-Signature': sign('sha1', push(2)) })).toMatchObject(isStarted);
});

test('IP accepts events only from its range, by the connection’s address, ignoring headers (behaviour C.13)', async () => {
  const story = await webhookStory(await serve());
  const ip = (AllowedIPRange: string) =>
    story.put({ ...openHook, authentication: 'IP', authenticationConfiguration: { AllowedIPRange } });
  const url = await ip('127.0.0.0/8');
  expect(await post(url, push(), {})).toMatchObject(isStarted);
  for (const header of ['X-Forwarded-For', 'Forwarded', 'X-Real-IP']) {
    expect(await post(url, push(), { [header]: '127.0.0.1' })).toEqual({
      status: 403,
      message: expect.stringContaining('proxy'),
    });
  }
  for (const range of ['192.0.2.0/24', '127.0.0.2/32', '::1/128', '::/0']) {
    await ip(range);
    expect(await post(url, push(), {})).toEqual({
      status: 403,
      message: 'The webhook takes no events from this address.',
    });
  }
});

test('rejects requests that are not events of a webhook, each with its status', async () => {
  const server = await serve();
  const story = await webhookStory(server);
  const url = await story.put(openHook);
  const path = new URL(url).pathname;
  for (const other of [`${path}x`, `${path}/`, '/-/webhooks/', '/-/webhooks/Hook', `/-/webhooks/${'x'.repeat(9000)}`]) {
    expect((await sendRaw(url, { path: other, body: '{}' })).status).toBe(404);
  }
  for (const method of ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']) {
    const { status, headers } = await sendRaw(url, { method, path });
    expect([status, headers.allow]).toEqual([405, 'POST']);
  }
  for (const body of ['', 'ref=main', '{', "{'ref':1}", '{"a":1}x', Buffer.from([0x22, 0xff, 0x22])]) {
    expect(await post(url, body, {})).toEqual({ status: 400, message: 'The event is not JSON.' });
  }
  for (const body of ['['.repeat(1_000_000), `${'{"a":'.repeat(65)}1${'}'.repeat(65)}`]) {
    expect(await post(url, body, {})).toEqual({ status: 400, message: 'The event is nested too deeply.' });
  }
  expect(await story.started()).toEqual([]);
  expect(await post(url, '\n{"ref": 1}', { 'Content-Type': 'text/plain' })).toMatchObject(isStarted);
});

test('an event may have 25 MiB, GitHub’s maximum; a larger one is 413, with or without Content-Length', async () => {
  const story = await webhookStory(await serve());
  const url = await story.put(openHook);
  const limit = 25 * 1024 * 1024;
  const of = (bytes: number) => Buffer.from(`"${'x'.repeat(bytes - 2)}"`);
  expect(await post(url, of(limit), {})).toMatchObject(isStarted);
  const large = { status: 413, message: 'The request body is too large.' };
  expect(await post(url, of(limit + 1), {})).toEqual(large);
  expect(await post(url, of(limit + 1), { 'Transfer-Encoding': 'chunked' })).toEqual(large);
});

test('a slow body is aborted, and an unexpected one is not awaited', async () => {
  const server = await serveEdge({ limits: { bodyTimeoutMs: 100 } });
  const story = await webhookStory(server);
  const url = await story.put(openHook);
  const drip = await openRawSocket(url);
  drip.send(`POST ${new URL(url).pathname} HTTP/1.1\r\nHost: mill\r\nContent-Length: 9\r\n\r\n{`);
  expect(await drip.ended()).toMatch(/^HTTP\/1\.1 408 /);
  const unknown = await openRawSocket(url);
  unknown.send('POST /-/webhooks/nobody HTTP/1.1\r\nHost: mill\r\nContent-Length: 900000000\r\n\r\n{');
  expect(await unknown.ended()).toMatch(/^HTTP\/1\.1 404 /);
});

test('an expensive search of a path in an event is aborted, and the webhook shows it', async () => {
  const story = await webhookStory(await serve());
  const url = await story.put({ filters: [{ jsonPath: `$${'..*'.repeat(49)}`, matchEquals: 'x' }] });
  const body = `${'{"a":[1,'.repeat(31)}1${']}'.repeat(31)}`;
  expect(await post(url, body)).toEqual({
    status: 422,
    message: 'The event is too large for the filters of this webhook.',
  });
  expect(await story.listed()).toMatchObject({
    errorCode: '422',
    errorMessage: 'The event is too large for the filters of this webhook.',
  });
});

test('the log and the metrics show the webhook and outcome of an event, but not its URL or content', async () => {
  const server = await serveEdge({ logLevel: 'trace' });
  const story = await webhookStory(server);
  const url = await story.put();
  const id = new URL(url).pathname.split('/').at(-1) ?? '';
  await post(url, push(1), eventHeaders(push(1), 'planted-delivery'));
  await post(url, push(1));
  await post(url, push(2, 'planted-ref'));
  await post(url, push(2), eventHeaders(push(3)));
  await post(url, 'x', eventHeaders('x'));
  await sendRaw(url, { method: 'GET', path: new URL(url).pathname });
  const line = { service: 'own', operation: 'webhook', webhook: 'Hook', account, region };
  await expect
    .poll(() => server.calls().slice(-6))
    .toMatchObject([
      { ...line, outcome: 'ok', event: 'started', httpStatus: 200 },
      { ...line, outcome: 'ok', event: 'repeated', httpStatus: 200 },
      { ...line, outcome: 'ok', event: 'filtered', httpStatus: 200 },
      { ...line, outcome: 'SignatureMismatch', httpStatus: 403 },
      { ...line, outcome: 'PayloadNotJson', httpStatus: 400 },
      { service: 'own', operation: 'webhook', outcome: 'MethodNotAllowed', httpStatus: 405 },
    ]);
  const { body } = await sendRaw(server.url, { method: 'GET', path: '/-/metrics' });
  expect(body).toContain('millrace_calls_total{service="own",operation="webhook",outcome="ok"} 3');
  expect(body).toContain('millrace_calls_total{service="own",operation="webhook",outcome="SignatureMismatch"} 1');
  for (const text of [id, webhookSecret, 'planted-', 'sha256=', sourceKey]) {
    expect(server.logText()).not.toContain(text);
  }
  expect(body).not.toContain(id);
});
