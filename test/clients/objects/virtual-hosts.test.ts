import { Agent } from 'node:http';
import {
  CreateBucketCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { clientConfig, serve, type TestServer } from '../../support/servers/server.ts';

/** Creates a client with the SDK's default addressing that resolves every host name to this machine. */
function clientOf(server: TestServer, serverName: string, options: { forcePathStyle?: boolean } = {}): S3Client {
  const endpoint = `http://${serverName}:${new URL(server.url).port}`;
  const httpAgent = new Agent({
    lookup: (_host, _options, found) => found(null, [{ address: '127.0.0.1', family: 4 }]),
  });
  return new S3Client({ ...clientConfig(endpoint), ...options, requestHandler: { httpAgent } });
}

async function keysOf(client: S3Client, Bucket: string): Promise<string[]> {
  const { Contents = [] } = await client.send(new ListObjectsV2Command({ Bucket }));
  return Contents.map(({ Key = '' }) => Key);
}

async function createBuckets(server: TestServer, ...names: string[]): Promise<S3Client> {
  const s3 = server.s3();
  for (const Bucket of names) await s3.send(new CreateBucketCommand({ Bucket }));
  return s3;
}

const upload = new PutObjectCommand({ Bucket: 'bkt', Key: 'latest/index.html', Body: 'hello' });

test.each([
  ['the host of the public URL', { publicUrl: 'http://mill.example.test' }],
  ['a server name', { serverNames: ['mill', 'mill.example.test'] }],
])('a bucket before %s in the host is the bucket of the call', async (_name, settings) => {
  const server = await serve(settings);
  const s3 = await createBuckets(server, 'latest', 'bkt');
  const client = clientOf(server, 'mill.example.test');
  await client.send(upload);
  expect(await keysOf(s3, 'bkt')).toEqual(['latest/index.html']);
  expect(await keysOf(s3, 'latest')).toEqual([]);
  const read = await client.send(new GetObjectCommand({ Bucket: 'bkt', Key: 'latest/index.html' }));
  expect(await read.Body?.transformToString()).toBe('hello');
});

test('a bucket before an unknown server name is rejected, and nothing is written', async () => {
  const server = await serve();
  const s3 = await createBuckets(server, 'latest', 'bkt');
  const refused = clientOf(server, 'mill.example.test').send(upload);
  await expect(refused).rejects.toMatchObject({
    name: 'InvalidRequest',
    message: expect.stringContaining('--server-names mill.example.test'),
  });
  expect(await keysOf(s3, 'latest')).toEqual([]);
});

test('path-style addressing works with any host', async () => {
  const server = await serve();
  const s3 = await createBuckets(server, 'bkt');
  const client = clientOf(server, 'mill.example.test', { forcePathStyle: true });
  await client.send(upload);
  expect(await keysOf(s3, 'bkt')).toEqual(['latest/index.html']);
});
