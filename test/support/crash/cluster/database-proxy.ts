import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy to a database that can silently drop all traffic. */
export interface DatabaseProxy {
  /** The database's URL through the proxy. */
  url: string;
  cut(): void;
  heal(): void;
  close(): void;
}

/** Starts the proxy. */
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
      // While it is cut, the other side doesn't even see the connection end.
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
