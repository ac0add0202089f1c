import type { IncomingMessage } from 'node:http';

const loopback = /^(::ffff:)?127\.|^::1$/;
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/** Headers by which proxies of all kinds say for whom they ask, or that they do. */
const anyProxyHeader =
  /^(forwarded|via|x-forwarded(-.+)?|x-original-.+|x-envoy-.+|(x-|true-|fastly-)?(client|real|cluster-client)-ip|cf-connecting-ip)$/;

/** The names by which a client asks a server of its own machine; a port may follow. */
const localHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Whether the request comes from a program of this machine. A proxy on this machine makes everybody look local: it shows
 * by its headers, by the name it was asked for, or by HTTP/1.0, which proxies speak and clients do not. A page of a
 * browser on this machine whose name was made to resolve to it (DNS rebinding) shows by that name.
 */
export function isLocalClient({ socket, headers, httpVersion }: LocalRequest): boolean {
  return (
    loopback.test(socket.remoteAddress ?? '') &&
    httpVersion !== '1.0' &&
    localHost.test(headers.host ?? '') &&
    !Object.keys(headers).some((name) => anyProxyHeader.test(name))
  );
}

type LocalRequest = Pick<IncomingMessage, 'headers' | 'httpVersion'> & PeerSocket;

/** The address at the other end; undefined when a proxy says that the request comes from somebody else, for anybody can. */
export function peerAddress({ socket, headers }: Pick<IncomingMessage, 'headers'> & PeerSocket): string | undefined {
  return proxyHeaders.some((name) => headers[name] !== undefined) ? undefined : socket.remoteAddress;
}

interface PeerSocket {
  socket: { remoteAddress?: string };
}
