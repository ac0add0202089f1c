import type { IncomingMessage, Server } from 'node:http';
import { Server as NetServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { Exchange } from './exchange.ts';
import { Turns } from './turns.ts';

/** How long an incomplete request may take to arrive once nothing runs any more. */
const lastRequestMs = 250;

/** The requests at the port, and its end. */
export interface Traffic {
  isDraining(): boolean;
  countConnections(): number;
  /**
   * Opens an exchange for a request once earlier ones of its connection are over, begins it, and counts it as running
   * until it leaves.
   */
  enter(request: IncomingMessage, open: () => Exchange, begin: (exchange: Exchange) => void): void;
  /** Lets the next request of the connection begin, since an exchange is over. */
  leave(exchange: Exchange): void;
  /** The exchange that runs on a connection. */
  runningOn(socket: Duplex): Exchange | undefined;
  /** Calls `listener` once every complete request of a connection is over. */
  whenIdle(socket: Duplex, listener: () => void): void;
  /**
   * Accepts no more connections and waits until no exchange runs. Then connections end; those of exchanges that outlast
   * the grace period are cut. Until then requests on open connections are still answered, each as the last of its
   * connection: a client that is just sending one gets its answer instead of a reset.
   */
  drain(): Promise<void>;
}

/** Tracks the requests of a server; `onDrain` is called when it begins to drain. */
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
  // An HTTPS server announces the TCP connection first; requests arrive on the TLS connection above it.
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
    // Also stops the server's check for header time-outs, which had to run while requests could arrive.
    server.close();
    setTimeout(() => running.size === 0 && cutAll(), lastRequestMs).unref();
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
          running.set(request.socket, exchange);
          if (isDraining) exchange.closeAfterAnswer();
          begin(exchange);
        },
      });
    },
    leave({ request: { socket } }) {
      running.delete(socket);
      turns.pass(socket);
      if (isDraining) endIdle();
    },
    runningOn: (socket) => running.get(socket),
    whenIdle: (socket, listener) => turns.whenIdle(socket, listener),
    async drain() {
      isDraining = true;
      for (const exchange of running.values()) exchange.closeAfterAnswer();
      // HTTP's own close() ends idle connections immediately, which loses requests on their way.
      const closed = new Promise<void>((resolve) => NetServer.prototype.close.call(server, () => resolve()));
      onDrain();
      endIdle();
      const cut = setTimeout(cutAll, closeGraceMs);
      await closed;
      clearTimeout(cut);
    },
  };
}
