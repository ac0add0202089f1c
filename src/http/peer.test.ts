import { expect, test } from 'vitest';
import { isLocalPeer, peerAddress } from './peer.ts';

test.each(['127.0.0.1', '127.8.9.10', '::1', '::ffff:127.0.0.1'])('%s is this machine', (remoteAddress) => {
  expect(isLocalPeer({ socket: { remoteAddress }, headers: {} })).toBe(true);
});

test.each(['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::1', '1.127.0.0', 'fe80::1', undefined])(
  '%s is not',
  (remoteAddress) => {
    expect(isLocalPeer({ socket: { remoteAddress }, headers: {} })).toBe(false);
  },
);

test.each(['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'])('what a proxy passed on with %s is not', (name) => {
  const headers = { [name]: 'somebody' };
  expect(isLocalPeer({ socket: { remoteAddress: '127.0.0.1' }, headers })).toBe(false);
});

test('the address of the other end is that of the socket, whatever a header claims; behind a proxy it is unknown', () => {
  const socket = { remoteAddress: '192.0.2.7' };
  expect(peerAddress({ socket, headers: { 'x-client-ip': '127.0.0.1' } })).toBe('192.0.2.7');
  expect(peerAddress({ socket, headers: { 'x-forwarded-for': '127.0.0.1' } })).toBeUndefined();
});
