import { type AddressInfo, connect, createServer, type Socket } from 'node:net';

/** A proxy to a server that can drop connections without either side noticing. */
export interface FlakyNetwork {
  /** The server's URL through the proxy. */
  url: string;
  /** Drops all traffic from now on, without refusing connections. */
  cut(): void;
  /** Lets new connections through again; those open when it was cut stay silent. */
  mend(): void;
  close(): Promise<void>;
}

export async function flakyNetwork(url: string): Promise<FlakyNetwork> {
  const server = new URL(url);
  const sockets = new Set<Socket>();
  let isCut = false;
  const proxy = createServer((near) => {
    const far = connect({ host: server.hostname, port: Number(server.port) });
    for (const socket of [near, far]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.on('close', () => {
        sockets.delete(socket);
        near.destroy();
        far.destroy();
      });
    }
    if (isCut) return;
    near.pipe(far);
    far.pipe(near);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  const through = new URL(url);
  through.hostname = '127.0.0.1';
  through.port = String((proxy.address() as AddressInfo).port);
  return {
    url: through.href,
    cut() {
      isCut = true;
      for (const socket of sockets) {
        socket.unpipe();
        socket.pause();
      }
    },
    mend() {
      isCut = false;
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      await new Promise((resolve) => proxy.close(resolve));
    },
  };
}
