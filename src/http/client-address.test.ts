import { expect, test } from 'vitest';
import { isLocalClient, peerAddress } from './client-address.ts';

/** Returns a request of Prometheus on this machine with the given differences. */
function request({ remoteAddress = '127.0.0.1', httpVersion = '1.1', ...headers }: Record<string, string> = {}) {
  return { socket: { remoteAddress }, httpVersion, headers: { host: '127.0.0.1:7090', ...headers } };
}

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('%s is a local address', (remoteAddress) => {
  expect(isLocalClient(request({ remoteAddress }))).toBe(true);
});

test.each(['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '1.127.0.0', 'fe80::1', ''])(
  '%s is not a local address',
  (remoteAddress) => {
    expect(isLocalClient(request({ remoteAddress }))).toBe(false);
  },
);

test.each(['localhost', 'LOCALHOST:7090', '127.0.0.1', '127.3.2.1:80', '[::1]:7090'])(
  'a local client may ask for %s',
  (host) => {
    expect(isLocalClient(request({ host }))).toBe(true);
  },
);

test.each(['evil.example', 'evil.example:7090', 'localhost.evil.example', '127.0.0.1.evil.example', '10.0.0.1', ''])(
  'a client that asks for %j is not local, even if the name resolves to this machine',
  (host) => {
    expect(isLocalClient(request({ host }))).toBe(false);
  },
);

test.each([
  'forwarded',
  'via',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'x-envoy-external-address',
  'x-original-url',
])('a request with %s is not local', (name) => {
  expect(isLocalClient(request({ [name]: '192.0.2.9' }))).toBe(false);
});

test('a request by HTTP/1.0 is not local', () => {
  expect(isLocalClient(request({ httpVersion: '1.0' }))).toBe(false);
});

test('the peer address is that of the socket, and unknown behind a proxy', () => {
  const socket = { remoteAddress: '192.0.2.7' };
  expect(peerAddress({ socket, headers: { 'x-client-ip': '127.0.0.1' } })).toBe('192.0.2.7');
  for (const name of ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip']) {
    expect(peerAddress({ socket, headers: { [name]: '127.0.0.1' } })).toBeUndefined();
  }
});
