import { readdir } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { CreateBucketCommand, HeadObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { openFilesUnder, peakResidentBytes, residentBytes } from '../support/machine/processes.ts';
import { clientConfig } from '../support/requests/client-config.ts';
import { objectRequestBytes } from '../support/requests/raw-socket.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const mebibyte = 1024 * 1024;
const connections = 20;
const requests = 120;

/** Starts a server process with one object of 20 MiB in a bucket called `bucket`. */
async function setUp() {
  const folder = await temporaryFolder();
  const server = await startProcess(folder);
  const s3 = new S3Client({ ...clientConfig(server.url), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'large', Body: Buffer.alloc(20 * mebibyte, 7) }));
  return { server, s3, objects: join(folder, 'objects') };
}

/** Opens connections that send all their requests in one write and read nothing. */
async function sendAhead(url: string, bytes: string, count: number): Promise<Socket[]> {
  const { hostname, port } = new URL(url);
  const sockets = Array.from({ length: count }, () => connect({ host: hostname, port: Number(port) }));
  onTestFinished(() => sockets.forEach((socket) => void socket.destroy()));
  await Promise.all(
    sockets.map(
      (socket) =>
        new Promise<void>((resolve) => {
          socket.on('error', () => undefined);
          socket.pause();
          socket.once('connect', () => socket.write(bytes, () => resolve()));
        }),
    ),
  );
  return sockets;
}

test('pipelined requests open one object per connection, and none after the clients disconnect', {
  timeout: 60_000,
}, async () => {
  const { server, s3, objects } = await setUp();
  const before = await residentBytes(server.pid);
  const bytes = objectRequestBytes(server.url, { path: '/bucket/large' }).repeat(requests);
  const sockets = await sendAhead(server.url, bytes, connections);
  await expect
    .poll(async () => (await openFilesUnder(server.pid, objects)).length, { timeout: 10_000 })
    .toBe(connections);
  expect((await peakResidentBytes(server.pid)) - before).toBeLessThan(128 * mebibyte);
  expect((await s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'large' }))).ContentLength).toBe(20 * mebibyte);

  for (const socket of sockets) socket.destroy();
  await expect.poll(() => openFilesUnder(server.pid, objects), { timeout: 10_000 }).toEqual([]);
  expect(await server.end('SIGTERM')).toBe(0);
});

test('any number of pipelined requests get their responses in order', { timeout: 60_000 }, async () => {
  const { server } = await setUp();
  const [socket] = await sendAhead(
    server.url,
    objectRequestBytes(server.url, { method: 'HEAD', path: '/bucket/large' }).repeat(1000),
    1,
  );
  let text = '';
  socket?.on('data', (chunk) => {
    text += String(chunk);
  });
  socket?.resume();
  await expect.poll(() => text.match(/HTTP\/1\.1 200 /g)?.length, { timeout: 30_000 }).toBe(1000);
});

test('a copy stops when its client disconnects, and leaves nothing behind', { timeout: 60_000 }, async () => {
  const { server, s3, objects } = await setUp();
  const headers = { 'x-amz-copy-source': '/bucket/large' };
  const copy = (key: string) => objectRequestBytes(server.url, { method: 'PUT', path: `/bucket/${key}`, headers });
  const bytes = Array.from({ length: 60 }, (_, index) => copy(`copy-${index}`)).join('');
  const sockets = await sendAhead(server.url, bytes, 1);
  await expect.poll(() => openFilesUnder(server.pid, objects), { interval: 5, timeout: 10_000 }).not.toEqual([]);
  for (const socket of sockets) socket.destroy();
  await expect.poll(() => openFilesUnder(server.pid, objects), { timeout: 10_000 }).toEqual([]);
  expect(await readdir(join(objects, 'incoming'))).toEqual([]);
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'bucket', Key: 'copy-59' }))).rejects.toThrow();
});

test('a caller is limited to its share of transfers, and others are served meanwhile', {
  timeout: 60_000,
}, async () => {
  const folder = await temporaryFolder();
  // With so few open files a caller's share is four objects.
  const server = await startProcess(folder, [], { openFiles: 256 });
  const s3 = new S3Client({ ...clientConfig(server.url), forcePathStyle: true });
  await s3.send(new CreateBucketCommand({ Bucket: 'bucket' }));
  await s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'large', Body: Buffer.alloc(20 * mebibyte, 7) }));
  const objects = join(folder, 'objects');
  const sockets = await sendAhead(server.url, objectRequestBytes(server.url, { path: '/bucket/large' }), 30);
  await expect.poll(async () => (await openFilesUnder(server.pid, objects)).length, { timeout: 10_000 }).toBe(4);
  // When one disconnects, a waiting one takes its place.
  const waiting = s3.send(new PutObjectCommand({ Bucket: 'bucket', Key: 'small', Body: 'x' }));
  for (const socket of sockets) socket.destroy();
  expect((await waiting).$metadata.httpStatusCode).toBe(200);
});
