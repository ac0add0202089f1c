import { expect, test } from 'vitest';
import { callBytes, openRawSocket } from '../support/requests/raw-socket.ts';
import { amzDate, authorization, callRaw, sendRaw } from '../support/requests/signed-request.ts';
import { serveEdge } from '../support/servers/edge-server.ts';

/** Parses the only answer in `text`, which must be complete and the last of its connection. */
function lastAnswer(text: string): { status: number; document: Record<string, string> } {
  const [head = '', body = ''] = text.split('\r\n\r\n');
  expect(head).toMatch(/\r\nConnection: close(\r\n|$)/i);
  expect(head).toMatch(/\r\nx-amzn-RequestId: [0-9a-f-]{36}(\r\n|$)/i);
  expect(head).toMatch(/\r\nContent-Type: application\/x-amz-json-1\.1(\r\n|$)/i);
  return { status: Number(head.split(' ')[1]), document: JSON.parse(body) };
}

test('headers that do not end are 408, and the connection is closed', async () => {
  const { url } = await serveEdge({ limits: { headersTimeoutMs: 100 } });
  const socket = await openRawSocket(url);
  socket.send('POST / HTTP/1.1\r\nHost: mill\r\nX-Slow: l');
  expect(lastAnswer(await socket.ended())).toMatchObject({
    status: 408,
    document: { __type: 'RequestTimeoutException' },
  });
});

test('a connection without a byte is closed without an answer', async () => {
  const { url } = await serveEdge({ limits: { headersTimeoutMs: 100 } });
  const socket = await openRawSocket(url);
  expect(await socket.ended()).toBe('');
});

test('a JSON or STS body that drips is 408', async () => {
  const server = await serveEdge({ limits: { bodyTimeoutMs: 100 } });
  const json = await openRawSocket(server.url);
  json.send(callBytes(server.url).slice(0, -1));
  expect(lastAnswer(await json.ended())).toMatchObject({
    status: 408,
    document: { __type: 'RequestTimeoutException', message: 'The request body did not arrive in time.' },
  });
  const sts = await openRawSocket(server.url);
  const signed = { Host: 'mill', 'X-Amz-Date': amzDate() };
  const headers = { ...signed, Authorization: authorization(signed, '', { service: 'sts' }), 'Content-Length': '9' };
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  sts.send(`POST / HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\nAction`);
  expect(await sts.ended()).toMatch(/^HTTP\/1\.1 408 .*<Code>RequestTimeout<\/Code>/s);
  expect((await callRaw(server.url, 'ListPipelines', '{}')).status).toBe(200);
});

test('headers of more than 16 KiB are 431', async () => {
  const { url } = await serveEdge();
  const socket = await openRawSocket(url);
  socket.send(`GET / HTTP/1.1\r\nHost: mill\r\nX-Long: ${'x'.repeat(17 * 1024)}\r\n\r\n`);
  expect(lastAnswer(await socket.ended())).toMatchObject({
    status: 431,
    document: { __type: 'RequestHeaderSectionTooLarge' },
  });
});

test.each([
  ['a TLS handshake', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello\r\n\r\n'],
  ['an unknown method', 'BREW / HTTP/1.1\r\nHost: mill\r\n\r\n'],
  ['a header without a colon', 'POST / HTTP/1.1\r\nHost mill\r\n\r\n'],
  ['two lengths', 'POST / HTTP/1.1\r\nHost: mill\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n'],
  ['a tunnel', 'CONNECT mill:443 HTTP/1.1\r\nHost: mill\r\n\r\n'],
  [
    'a broken chunk',
    'POST / HTTP/1.1\r\nHost: mill\r\nX-Amz-Target: CodePipeline_20150709.GetPipeline\r\n' +
      'Content-Type: application/x-amz-json-1.1\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
  ],
])('%s is 400 in the form of AWS, and other connections are served', async (_case, bytes) => {
  const server = await serveEdge();
  const socket = await openRawSocket(server.url);
  socket.send(bytes);
  expect(lastAnswer(await socket.ended())).toMatchObject({
    status: 400,
    document: { __type: 'MalformedRequestException', message: expect.any(String) },
  });
  await expect.poll(() => server.calls()).toMatchObject([{ outcome: 'MalformedRequestException', httpStatus: 400 }]);
  expect((await callRaw(server.url, 'ListPipelines', '{}')).status).toBe(200);
});

test('pipelined requests are answered in order, and garbage after them only closes the connection', async () => {
  const server = await serveEdge();
  const socket = await openRawSocket(server.url);
  socket.send(`${callBytes(server.url).repeat(2)}\x00\x01 garbage\r\n\r\n`);
  const text = await socket.ended();
  expect(text.match(/HTTP\/1\.1 \d+/g)).toEqual(['HTTP/1.1 200', 'HTTP/1.1 200']);
  expect(text.match(/\{"pipelines":\[\]\}/g)).toHaveLength(2);
});

test('a connection that breaks in the middle of a body is not a server error', async () => {
  const server = await serveEdge();
  const socket = await openRawSocket(server.url);
  socket.send(callBytes(server.url, { lines: ['Expect: 100-continue'] }).slice(0, -1));
  await socket.receive(/100 Continue/);
  socket.close();
  await expect.poll(() => server.calls()).toMatchObject([{ operation: 'ListPipelines', outcome: 'ClientGone' }]);
  expect(server.calls()[0]).not.toHaveProperty('httpStatus');
  expect(server.logText()).not.toContain('"level":50');
});

test('a connection beyond the limit is closed immediately, and counted', async () => {
  const server = await serveEdge({ maxConnections: 1 });
  const first = await openRawSocket(server.url);
  first.send('GET /-/health HTTP/1.1\r\nHost: mill\r\n\r\n');
  await first.receive(/"ok"/);
  const second = await openRawSocket(server.url);
  expect(await second.ended()).toBe('');
  first.send('GET /-/metrics HTTP/1.1\r\nHost: localhost\r\n\r\n');
  await first.receive(/^millrace_connections_refused_total 1$/m);
  expect(first.received()).toMatch(/^millrace_connections 1$/m);
});

test('no target, method or expectation is a server error', async () => {
  const { url, logText } = await serveEdge();
  const { host } = new URL(url);
  const targets = [
    '*',
    '//',
    '/%',
    '/%ff%00',
    '/-/',
    '/-/x',
    '/-',
    '?',
    `http://${host}`,
    '/..%2f..',
    '/a b'.replace(' ', '\t'),
  ];
  for (const method of ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'PROPFIND']) {
    for (const target of [...targets, '/', '/bucket/key?X-Amz-Algorithm', '/bucket?%']) {
      const socket = await openRawSocket(url);
      socket.send(
        `${method} ${target} HTTP/1.1\r\nExpect: a-miracle\r\nUpgrade: h2c\r\nConnection: upgrade, close\r\n\r\n`,
      );
      expect(await socket.ended(), `${method} ${target}`).toMatch(/^HTTP\/1\.1 [234]\d\d /);
      socket.close();
    }
  }
  expect(logText()).not.toContain('"level":50');
});

test('a rejection before the end of a body reaches the client, and the next call is served', async () => {
  const { url } = await serveEdge();
  const answer = await callRaw(url, 'GetPipeline', Buffer.alloc(10 * 1024 * 1024, 'x'));
  expect(answer.status).toBe(413);
  const unsigned = await sendRaw(url, { method: 'PUT', path: '/bucket/key', body: Buffer.alloc(10 * 1024 * 1024) });
  expect(unsigned).toMatchObject({ status: 403, body: expect.stringContaining('<Code>AccessDenied</Code>') });
});
