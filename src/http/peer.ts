import type { IncomingMessage } from 'node:http';

const loopback = /^(::ffff:)?127\.|^::1$/;
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/**
 * Whether the request comes from this machine. A proxy on this machine makes everybody look local; what it passes on
 * says so in its headers and does not count.
 */
export function isLocalPeer({ socket, headers }: Pick<IncomingMessage, 'headers'> & PeerSocket): boolean {
  return loopback.test(peerAddress({ socket, headers }) ?? '');
}

/** The address at the other end; undefined when a proxy says that the request comes from somebody else, for anybody can. */
export function peerAddress({ socket, headers }: Pick<IncomingMessage, 'headers'> & PeerSocket): string | undefined {
  return proxyHeaders.some((name) => headers[name] !== undefined) ? undefined : socket.remoteAddress;
}

interface PeerSocket {
  socket: { remoteAddress?: string };
}
