import { connect, type Socket } from 'node:net';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { clientConfig } from '../support/requests/client-config.ts';
import { sendRaw } from '../support/requests/signed-request.ts';
import { serveEdge } from '../support/servers/edge-server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

/** Opens connections from an address of this machine; resolves when each is open or closed again. */
async function openFrom(url: string, localAddress: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  return Promise.all(
    Array.from({ length: count }, () => {
      const socket = connect({ host: hostname, port: Number(port), localAddress });
      onTestFinished(() => void socket.destroy());
      return new Promise<Socket>((resolve) => {
        socket.on('error', () => undefined);
        socket.on('close', () => resolve(socket));
        socket.on('connect', () => {
          socket.write('GET /-/health HTTP/1.1\r\nHost: mill\r\n\r\n');
          socket.once('data', () => resolve(socket));
        });
      });
    }),
  );
}

const served = (sockets: Socket[]) => sockets.filter(({ bytesRead }) => bytesRead > 0).length;

test('one address cannot occupy all connections', async () => {
  const { url, logText } = await serveEdge({ maxConnections: 8 });
  expect(served(await openFrom(url, '127.0.0.1', 10))).toBe(6);
  expect(served(await openFrom(url, '127.0.0.2', 1))).toBe(1);
  expect(logText()).toContain('too many are open from one address');
});

test('connections are limited by the limit of open files, with a warning, and leave some for objects', async () => {
  const server = await startProcess(await temporaryFolder(), [], { openFiles: 256 });
  expect(server.log()).toMatch(/"maxConnections":20000,"allowed":192,"openFiles":256/);
  const s3 = new S3Client(clientConfig(server.url));
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  expect(served(await openFrom(server.url, '127.0.0.2', 400))).toBe(144);
  const { status } = await sendRaw(server.url, { method: 'GET', path: '/-/health' });
  expect(status).toBe(200);
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'key', Body: 'bytes' }));
  expect(server.log()).not.toContain('EMFILE');
});
