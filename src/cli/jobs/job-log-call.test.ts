import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { createPutLog } from './job-log-call.ts';

const keysOf = async () => ({ accessKeyId: 'AKID', secretAccessKey: 'secret', sessionToken: 'token' });

async function putTo(answer: (response: ServerResponse) => void): Promise<unknown> {
  const server = createServer((_request, response) => answer(response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return createPutLog(url, 'us-east-1')({ jobId: 'j', offset: 0, text: '' }, keysOf);
}

test.each([
  ['AWS, which lacks the operation', 400, '{"__type":"UnknownOperationException"}'],
  ['a server that does not know the keys', 400, '{"__type":"UnrecognizedClientException"}'],
  ['a server whose policies deny it', 400, '{"__type":"AccessDeniedException"}'],
  ['another program', 404, '<html></html>'],
  ['a proxy that redirects', 302, ''],
  ['a server with an unexpected response', 200, '{}'],
])('%s has no live log', async (_server, status, body) => {
  expect(await putTo((response) => response.writeHead(status, { location: 'http://127.0.0.1:1/' }).end(body))).toBe(
    'not offered',
  );
});

test('the end of a job ends only its own log', async () => {
  const refuse = (response: ServerResponse) => response.writeHead(400).end('{"__type":"InvalidJobStateException"}');
  expect(await putTo(refuse)).toBe('over');
});

test('a failing server is retried', async () => {
  await expect(putTo((response) => response.writeHead(503).end('{}'))).rejects.toThrow('503');
  await expect(putTo((response) => response.destroy())).rejects.toThrow();
});
