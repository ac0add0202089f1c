import { connect, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createHookedPipeline, putOpenWebhook } from '../support/hostile/open-webhook.ts';
import { peakResidentBytes, residentBytes } from '../support/machine/processes.ts';
import { rootKey } from '../support/requests/client-config.ts';
import { amzDate, authorization, callRaw, sendRaw } from '../support/requests/signed-request.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const connections = 110;
const mebibyte = 1024 * 1024;
const bodyBytes = 4 * mebibyte;

/** Sends headers and all but the last byte of a body on many connections; resolves when each is sent or closed. */
async function flood(url: string, head: (index: number) => string, bytes: number): Promise<void> {
  const { hostname, port } = new URL(url);
  const body = Buffer.alloc(bytes - 1, 'x');
  const sending = Array.from({ length: connections }, (_, index) => {
    const socket: Socket = connect({ host: hostname, port: Number(port) });
    onTestFinished(() => void socket.destroy());
    return new Promise<void>((resolve) => {
      socket.on('error', () => resolve());
      socket.on('close', () => resolve());
      socket.on('connect', () => {
        socket.write(head(index));
        socket.write(body, () => resolve());
      });
      // Keeps sending after the error response: the server must discard what it receives.
      socket.resume();
    });
  });
  await Promise.all(sending);
}

function headOf(headers: Record<string, string>): string {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return `POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
}

const jsonHeaders = (url: string) => ({
  Host: new URL(url).host,
  'Content-Type': 'application/x-amz-json-1.1',
  'X-Amz-Date': amzDate(),
  'X-Amz-Target': 'CodePipeline_20150709.CreatePipeline',
});

test('unauthenticated bodies are not kept in memory: they are rejected by their headers', {
  timeout: 60_000,
}, async () => {
  const server = await startProcess(await temporaryFolder());
  const before = await residentBytes(server.pid);
  const length = { 'Content-Length': String(bodyBytes) };
  await flood(server.url, () => headOf({ ...jsonHeaders(server.url), ...length }), bodyBytes);
  const scope = 'AKIAIOSFODNN7EXAMPLE/20261123/us-east-1/sts/aws4_request';
  const sts = `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=${'0'.repeat(64)}`;
  await flood(server.url, () => headOf({ Host: 'mill', Authorization: sts, ...length }), bodyBytes);
  expect((await peakResidentBytes(server.pid)) - before).toBeLessThan(128 * mebibyte);
  expect((await callRaw(server.url, 'ListPipelines', '{}')).status).toBe(200);
});

test('a client with a key id but not its secret cannot fill the memory with endless bodies or block others', {
  timeout: 60_000,
}, async () => {
  const server = await startProcess(await temporaryFolder());
  const before = await residentBytes(server.pid);
  const keys = { ...rootKey, secretAccessKey: 'x'.repeat(40) };
  const bytes = 2 * mebibyte;
  const head = () => {
    const headers = jsonHeaders(server.url);
    const Authorization = authorization(headers, '', { keys });
    return headOf({ ...headers, Authorization, 'Content-Length': String(bytes) });
  };
  await flood(server.url, head, bytes);
  expect((await callRaw(server.url, 'ListPipelines', '{}')).status).toBe(200);
  expect((await peakResidentBytes(server.pid)) - before).toBeLessThan(192 * mebibyte);
});

test('unsigned webhook events of 24 MiB do not exhaust a small server', { timeout: 60_000 }, async () => {
  const server = await startProcess(await temporaryFolder());
  await createHookedPipeline(server.url);
  const path = await putOpenWebhook(server.url, 'open', [{ jsonPath: '$..none' }]);
  const headers = { 'Content-Type': 'application/json' };
  const events = [`[${'{},'.repeat(8 * mebibyte - 1)}{}]`, `[${'"é",'.repeat(200_000)}"${'é'.repeat(11 * mebibyte)}"]`];
  const sending = Array.from({ length: 12 }, (_, index) =>
    sendRaw(server.url, { path, headers, body: events[index % 2] }).catch(() => undefined),
  );
  const answers = await Promise.all(sending);
  // Some of them exceed the limit at that moment.
  for (const answer of answers) expect([200, 413, 503, undefined]).toContain(answer?.status);
  expect(answers.some((answer) => answer?.status === 200 || answer?.status === 413)).toBe(true);
  expect(await peakResidentBytes(server.pid)).toBeLessThan(448 * mebibyte);
  expect((await callRaw(server.url, 'ListPipelines', '{}')).status).toBe(200);
});
