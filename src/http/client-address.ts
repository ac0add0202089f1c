import type { IncomingMessage } from 'node:http';
import type { RequestContext } from '../identity/policies/evaluate-policy.ts';

const loopback = /^(::ffff:)?127\.|^::1$/;
const proxyHeaders = ['forwarded', 'via', 'x-forwarded-for', 'x-real-ip'];

/** Headers by which proxies name their client or themselves. */
const anyProxyHeader =
  /^(forwarded|via|x-forwarded(-.+)?|x-original-.+|x-envoy-.+|(x-|true-|fastly-)?(client|real|cluster-client)-ip|cf-connecting-ip)$/;

/** Hosts by which a client reaches its own machine; a port may follow. */
const localHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])(:\d+)?$/i;

/**
 * Reports whether a program on this machine sent the request. A proxy on this machine makes all clients look local, but
 * shows by its headers, by the host it asks for, or by HTTP/1.0, which clients no longer use. A page of a browser whose
 * name was made to resolve to this machine (DNS rebinding) shows by that name.
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

/** Returns the client's address; undefined behind a proxy, since any client can send the headers in which proxies name it. */
export function peerAddress({ socket, headers }: Pick<IncomingMessage, 'headers'> & PeerSocket): string | undefined {
  return proxyHeaders.some((name) => headers[name] !== undefined) ? undefined : socket.remoteAddress;
}

interface PeerSocket {
  socket: { remoteAddress?: string };
}

/** Returns what conditions of policies may compare of every call. */
export function callContext(request: IncomingMessage, region: string): RequestContext {
  const address = peerAddress(request);
  const context: { -readonly [Key in keyof RequestContext]: RequestContext[Key] } = {
    'aws:RequestedRegion': region,
    'aws:SecureTransport': String('encrypted' in request.socket),
  };
  if (address !== undefined) context['aws:SourceIp'] = address.includes(':') ? plainAddress(address) : address;
  return context;
}

/** Returns an IPv4 address that is written as IPv6, and an IPv6 address without its zone. */
function plainAddress(address: string): string {
  return address.replace(/^::ffff:(?=[0-9.]+$)/i, '').replace(/%.*$/, '');
}
