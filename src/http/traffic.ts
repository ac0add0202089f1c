import type { Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';

/** When nothing runs any more, how long a request of which only a part has come may take to come in whole. */
const lastRequestMs = 250;

/** What goes on at the port, and how it comes to an end. */
export interface Traffic {
  isDraining(): boolean;
  countConnections(): number;
  /** Counts an exchange as running until it is over. */
  enter(exchange: Exchange): void;
  /** The newest exchange of a connection, if it is still running. */
  runningOn(socket: Duplex): Exchange | undefined;
  /**
   * Accepts no more connections and waits until no exchange runs; connections then end, those of exchanges that outlast
   * the grace are cut. Until then requests on open connections are still answered, each as the last of its connection:
   * a client that sends one at that moment gets its answer instead of a reset.
   */
  drain(): Promise<void>;
}

/** Follows a server; `onDrain` is called when it begins to drain. */
export function createTraffic(
  server: Server,
  { closeGraceMs, onDrain }: { closeGraceMs: number; onDrain: () => void },
): Traffic {
  const sockets = new Set<Socket>();
  const running = new Set<Exchange>();
  const newest = new Map<Duplex, Exchange>();
  // Those after which another request has come on their connection: hardly any client sends so.
  const overtaken = new Set<Exchange>();
  let isDraining = false;
  // One function for all connections, not one for each.
  const forgetSocket = function (this: Socket): void {
    sockets.delete(this);
  };
  const endLeft = function (this: Socket): void {
    const last = newest.get(this);
    newest.delete(this);
    for (const left of [...overtaken]) if (left.request.socket === this) left.end();
    last?.end();
  };
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', forgetSocket);
  });
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const endIdle = (): void => {
    if (running.size > 0) return;
    // This also ends the server's own clock; it had to run as long as requests could come.
    server.close();
    setTimeout(() => running.size === 0 && cutAll(), lastRequestMs).unref();
  };
  const enter = (exchange: Exchange): void => {
    const { request, response } = exchange;
    const { socket } = request;
    // One listener for each connection, not for each request.
    const before = newest.get(socket);
    if (!before) socket.on('close', endLeft);
    else if (running.has(before)) overtaken.add(before);
    newest.set(socket, exchange);
    running.add(exchange);
    if (isDraining) response.setHeader('Connection', 'close');
    exchange.whenOver(() => {
      running.delete(exchange);
      if (overtaken.size > 0) overtaken.delete(exchange);
      if (isDraining) endIdle();
    });
  };
  return {
    isDraining: () => isDraining,
    countConnections: () => sockets.size,
    enter,
    runningOn(socket) {
      const exchange = newest.get(socket);
      return exchange && running.has(exchange) ? exchange : undefined;
    },
    async drain() {
      isDraining = true;
      for (const { response } of running) if (!response.headersSent) response.setHeader('Connection', 'close');
      // Not the close of an HTTP server, which ends idle connections at once and so loses requests on their way.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
      onDrain();
      endIdle();
      const cut = setTimeout(cutAll, closeGraceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
