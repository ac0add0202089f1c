import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A way to a database that can be cut: nothing passes any more, and nobody is told. */
export interface DatabaseProxy {
  /** The database's URL with the way over the proxy. */
  url: string;
  cut(): void;
  heal(): void;
  close(): void;
}

/** Opens the way. */
export async function openDatabaseProxy(databaseUrl: string): Promise<DatabaseProxy> {
  const { hostname, port } = new URL(databaseUrl);
  const sockets = new Set<Socket>();
  let isCut = false;
  const keep = (socket: Socket, other: Socket): void => {
    sockets.add(socket);
    if (isCut) socket.pause();
    socket.on('data', (chunk) => other.write(chunk));
    socket.on('error', () => undefined);
    socket.once('close', () => {
      sockets.delete(socket);
      // The other side of a cut way hears of nothing, not even of the end.
      if (isCut) healed.push(() => other.destroy());
      else other.destroy();
    });
  };
  const healed: (() => void)[] = [];
  const server = createServer((socket) => {
    const far = connect({ host: hostname, port: Number(port) });
    keep(socket, far);
    keep(far, socket);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const way = new URL(databaseUrl);
  way.port = String((server.address() as AddressInfo).port);
  return {
    url: way.href,
    cut() {
      isCut = true;
      for (const socket of sockets) socket.pause();
    },
    heal() {
      isCut = false;
      for (const socket of sockets) socket.resume();
      for (const each of healed.splice(0)) each();
    },
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}
