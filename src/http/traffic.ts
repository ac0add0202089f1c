import type { IncomingMessage, Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';
import { Turns } from './turns.ts';

/** When nothing runs any more, how long a request of which only a part has come may take to come in whole. */
const lastRequestMs = 250;

/** What goes on at the port, and how it comes to an end. */
export interface Traffic {
  isDraining(): boolean;
  countConnections(): number;
  /**
   * Opens an exchange for a request once those before it on its connection are over, counts it as running until it is
   * over too, and begins it.
   */
  enter(request: IncomingMessage, open: () => Exchange, begin: (exchange: Exchange) => void): void;
  /** The exchange that runs on a connection. */
  runningOn(socket: Duplex): Exchange | undefined;
  /** Calls `listener` once every whole request that has come on a connection is over. */
  whenIdle(socket: Duplex, listener: () => void): void;
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
  const running = new Map<Duplex, Exchange>();
  const turns = new Turns();
  let isDraining = false;
  // One function for all connections, not one for each.
  const forgetSocket = function (this: Socket): void {
    sockets.delete(this);
    turns.forget(this);
    running.get(this)?.end();
  };
  // An HTTPS server announces the connection beneath first, and requests come on the one above it.
  const follow = (socket: Socket): void => {
    sockets.add(socket);
    socket.on('close', forgetSocket);
  };
  server.on('connection', follow);
  server.on('secureConnection', (socket: Socket) => socket.on('close', forgetSocket));
  const cutAll = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const endIdle = (): void => {
    if (running.size > 0) return;
    // This also ends the server's own clock; it had to run as long as requests could come.
    server.close();
    setTimeout(() => running.size === 0 && cutAll(), lastRequestMs).unref();
  };
  const begun = (exchange: Exchange): void => {
    const { socket } = exchange.request;
    running.set(socket, exchange);
    if (isDraining) exchange.response.setHeader('Connection', 'close');
    exchange.whenOver(() => {
      running.delete(socket);
      turns.pass(socket);
      if (isDraining) endIdle();
    });
  };
  return {
    isDraining: () => isDraining,
    countConnections: () => sockets.size,
    enter(request, open, begin) {
      const isWhole = () => request.complete;
      turns.take(request.socket, {
        isWhole,
        begin() {
          const exchange = open();
          begun(exchange);
          begin(exchange);
        },
      });
    },
    runningOn: (socket) => running.get(socket),
    whenIdle: (socket, listener) => turns.whenIdle(socket, listener),
    async drain() {
      isDraining = true;
      for (const { response } of running.values()) {
        if (!response.headersSent) response.setHeader('Connection', 'close');
      }
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
