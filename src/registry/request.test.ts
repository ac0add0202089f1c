import { readFileSync } from 'node:fs';
import { createServer, type RequestListener } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { expect, onTestFinished, test, vi } from 'vitest';
import { computedMs, mostComputedMs } from '../../test/support/machine/computed-ms.ts';
import { readChallenges } from './challenge.ts';
import { sendToRegistry } from './request.ts';

async function listen(answer: RequestListener, tls?: { cert: Buffer; key: Buffer }): Promise<URL> {
  const server = tls ? createTlsServer(tls, answer) : createServer(answer);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  return new URL(`${tls ? 'https' : 'http'}://127.0.0.1:${(server.address() as AddressInfo).port}/v2/`);
}

const request = { maxBytes: 1000, signal: new AbortController().signal };

test('a registry that does not answer in time is left', async () => {
  const url = await listen(() => undefined);
  const slow = sendToRegistry({ ...request, url, timeoutMs: 30 });
  await expect(slow).rejects.toThrow(`The server ${url.host} did not answer within 0.03 s.`);
});

test('a body that never ends in time is left', async () => {
  const url = await listen((_, response) => void response.write('{'));
  await expect(sendToRegistry({ ...request, url, timeoutMs: 50 })).rejects.toThrow('did not answer within');
});

test('credentials follow a redirect within the server', async () => {
  const seen: (string | undefined)[] = [];
  const url = await listen(({ headers, url: path }, response) => {
    seen.push(headers.authorization);
    if (path === '/v2/') response.writeHead(307, { location: '/v2/moved' }).end();
    else response.end('here');
  });
  const answer = await sendToRegistry({ ...request, url, authorization: 'Basic x' });
  expect([answer.body.toString(), answer.isOwn, ...seen]).toEqual(['here', true, 'Basic x', 'Basic x']);
});

test('another server that a redirect names gets no credentials', async () => {
  const folder = new URL('../../test/support/servers/tls/', import.meta.url);
  const read = (name: string) => readFileSync(new URL(`test-only-${name}.pem`, folder));
  vi.stubEnv('NODE_TLS_REJECT_UNAUTHORIZED', '0');
  onTestFinished(() => void vi.unstubAllEnvs());
  const seen: (string | undefined)[] = [];
  const other = await listen(
    ({ headers }, response) => {
      seen.push(headers.authorization);
      response.writeHead(401, { 'www-authenticate': 'Basic realm="other"' }).end();
    },
    { cert: read('cert'), key: read('key') },
  );
  const url = await listen((_, response) => void response.writeHead(302, { location: other.href }).end());
  const answer = await sendToRegistry({ ...request, url, authorization: 'Basic x' });
  // Its challenge must not be answered.
  expect([answer.status, answer.isOwn, ...seen]).toEqual([401, false, undefined]);
});

test('challenges are read, several in one header and malformed ones as far as they go', () => {
  expect(readChallenges('Basic realm="a, \\"b\\"", Bearer Realm="https://x/token",service=images,scope="a b"')).toEqual(
    [
      { scheme: 'basic', parameters: { realm: 'a, "b"' } },
      { scheme: 'bearer', parameters: { realm: 'https://x/token', service: 'images', scope: 'a b' } },
    ],
  );
  expect(readChallenges('Bearer realm="unclosed')).toEqual([
    { scheme: 'bearer', parameters: {} },
    { scheme: 'realm', parameters: {} },
  ]);
  expect(readChallenges(null)).toEqual([]);
  const hostile = ['\\"'.repeat(2000), `a="${'\\'.repeat(4000)}`, 'a='.repeat(2000)];
  expect(computedMs(() => void hostile.map(readChallenges))).toBeLessThan(mostComputedMs);
});
