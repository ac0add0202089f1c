import type { IncomingMessage } from 'node:http';

const loopback = /^(::ffff:)?127\.|^::1$/;
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/**
 * Whether the request comes from this machine. A proxy on this machine makes everybody look local; what it passes on
 * says so in its headers and does not count.
 */
export function isLocalPeer({ socket, headers }: Pick<IncomingMessage, 'headers'> & PeerSocket): boolean {
  return loopback.test(socket.remoteAddress ?? '') && !proxyHeaders.some((name) => headers[name] !== undefined);
}

interface PeerSocket {
  socket: { remoteAddress?: string };
}
