import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import type { Logger } from 'pino';
import type { Metrics } from './metrics.ts';

/** A flood of connections is logged once in a while. */
const warnEveryMs = 60_000;

/** The share of all connections for one address: the rest is for others, such as an operator during a flood. */
const shareOfAddress = 0.75;

/** Closes and counts connections beyond `maxConnections` or the share of one address; logs at most once a minute. */
export function limitConnections(
  server: Server,
  { maxConnections, metrics, log }: { maxConnections: number; metrics: Metrics; log: Logger },
): void {
  server.maxConnections = maxConnections;
  const maxOfAddress = Math.ceil(maxConnections * shareOfAddress);
  const open = new Map<string, number>();
  let warnedAt = Number.NEGATIVE_INFINITY;
  const refuse = (fields: object, message: string): void => {
    metrics.countRefusedConnection();
    if (performance.now() - warnedAt < warnEveryMs) return;
    warnedAt = performance.now();
    log.warn(fields, message);
  };
  server.on('drop', () => refuse({ maxConnections }, 'connections are refused: too many are open'));
  // A closed socket has forgotten its address. One map and one function are smaller than a function for each connection.
  const addresses = new Map<Socket, string>();
  const release = function (this: Socket): void {
    const address = addresses.get(this) ?? '';
    addresses.delete(this);
    const left = (open.get(address) ?? 1) - 1;
    if (left > 0) open.set(address, left);
    else open.delete(address);
  };
  server.on('connection', (socket: Socket) => {
    const address = networkOf(socket.remoteAddress ?? '');
    const count = (open.get(address) ?? 0) + 1;
    open.set(address, count);
    addresses.set(socket, address);
    socket.on('close', release);
    if (count <= maxOfAddress) return;
    refuse({ address, maxOfAddress }, 'connections are refused: too many are open from one address');
    socket.destroy();
  });
}

/** Returns an IPv4 address, or the /64 network of an IPv6 address, which is what one host gets. */
export function networkOf(address: string): string {
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1];
  if (mapped !== undefined) return mapped;
  if (!address.includes(':')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const missing = tail === undefined ? 0 : 8 - groups.length - (tail === '' ? 0 : tail.split(':').length);
  const all = [...groups, ...Array(Math.max(0, missing)).fill('0'), ...(tail ? tail.split(':') : [])];
  return `${all.slice(0, 4).join(':')}::/64`;
}
