import { expect, test } from 'vitest';
import { callBytes, openRawSocket } from '../support/requests/raw-socket.ts';
import { amzDate, authorization, callRaw, sendRaw } from '../support/requests/signed-request.ts';
import { serve } from '../support/servers/server.ts';

test('a repeated header is signed as its values in order, joined by commas', async () => {
  const { url } = await serve();
  const call = async (agents: string[], signedAgent: string) => {
    const headers = {
      Host: new URL(url).host,
      'Content-Type': 'application/x-amz-json-1.1',
      'X-Amz-Date': amzDate(),
      'X-Amz-Target': 'CodePipeline_20150709.ListPipelines',
    };
    const Authorization = authorization({ ...headers, 'User-Agent': signedAgent }, '{}');
    const lines = Object.entries({ ...headers, Authorization, 'Content-Length': '2', Connection: 'close' });
    const socket = await openRawSocket(url);
    const text = [
      ...lines.map(([name, value]) => `${name}: ${value}`),
      ...agents.map((agent) => `User-Agent: ${agent}`),
    ];
    socket.send(`POST / HTTP/1.1\r\n${text.join('\r\n')}\r\n\r\n{}`);
    return socket.ended();
  };
  expect(await call(['one', 'two  three'], 'one,two three')).toMatch(/^HTTP\/1\.1 200 /);
  expect(await call(['two', 'one'], 'one,two')).toContain('InvalidSignatureException');
  // A proxy that adds a value to a signed header is detected.
  expect(await call(['one', 'two'], 'one')).toContain('InvalidSignatureException');
});

test('two Authorization headers are rejected, even if one is valid', async () => {
  const { url } = await serve();
  const bytes = callBytes(url, { lines: ['Connection: close'] });
  const right = /Authorization: .*/.exec(bytes)?.[0] ?? '';
  const socket = await openRawSocket(url);
  socket.send(bytes.replace(right, `${right}\r\n${right.replace(/Signature=.*/, 'Signature=0')}`));
  expect(await socket.ended()).toMatch(/^HTTP\/1\.1 400 .*IncompleteSignatureException/s);
});

test('a browser may call from any origin, and may read the answer (wire 4)', async () => {
  const { url } = await serve();
  const preflight = await sendRaw(url, {
    method: 'OPTIONS',
    headers: {
      Origin: 'https://console.example',
      'Access-Control-Request-Method': 'POST',
      'Access-Control-Request-Headers': 'authorization,x-amz-target',
    },
  });
  expect(preflight).toMatchObject({
    status: 200,
    body: '',
    headers: {
      'access-control-allow-origin': '*',
      'access-control-allow-headers': 'authorization,x-amz-target',
      'access-control-allow-methods': 'POST',
      'access-control-expose-headers': 'x-amzn-RequestId,x-amzn-ErrorType,x-amzn-ErrorMessage,Date',
      'access-control-max-age': '172800',
    },
  });
  const fromPage = await callRaw(url, 'ListPipelines', '{}', { headers: { Origin: 'https://console.example' } });
  expect(fromPage.headers['access-control-allow-origin']).toBe('*');
  const plain = await callRaw(url, 'ListPipelines', '{}');
  expect(plain.headers).not.toHaveProperty('access-control-allow-origin');
  const own = await sendRaw(url, {
    method: 'OPTIONS',
    path: '/-/metrics',
    headers: { Origin: 'https://evil.example' },
  });
  expect(own.status).toBe(404);
  expect(own.headers).not.toHaveProperty('access-control-allow-origin');
});

test('unsigned HEAD and GET of the root are rejected like any unsigned request', async () => {
  const { url } = await serve();
  for (const method of ['HEAD', 'GET']) {
    const answer = await sendRaw(url, { method });
    expect(answer.status).toBe(403);
    expect(answer.body === '').toBe(method === 'HEAD');
  }
});

test('a proxy may send the whole URL as the target', async () => {
  const { url } = await serve();
  const answer = await sendRaw(url, { method: 'GET', path: `${url}/-/health` });
  expect([answer.status, JSON.parse(answer.body)]).toEqual([200, { status: 'ok', version: expect.any(String) }]);
  expect(answer.headers['x-amzn-requestid']).toMatch(/^[0-9a-f-]{36}$/);
});
