import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { request as httpRequest, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { type BareEndpoint, openBareEndpoint } from '../../test/support/servers/bare-endpoint.ts';
import { openEmbeddedStore } from '../store/open.ts';

let live: BareEndpoint;
beforeAll(async () => {
  live = await openBareEndpoint(openEmbeddedStore);
  await live.send({ method: 'PUT', path: '/box' });
  await live.send({ method: 'PUT', path: '/box/k', body: 'x' });
});
afterAll(() => live.close());
afterEach(() => {
  delete live.overrides.isAllowed;
});

test.each([
  ['GET', '/', 's3:ListAllMyBuckets', '', undefined],
  ['PUT', '/box', 's3:CreateBucket', 'box', undefined],
  ['GET', '/none?list-type=2', 's3:ListBucket', 'none', undefined],
  ['HEAD', '/box', 's3:ListBucket', 'box', undefined],
  ['GET', '/box?versions', 's3:ListBucketVersions', 'box', undefined],
  ['GET', '/box/k', 's3:GetObject', 'box', 'k'],
  ['HEAD', '/box/none', 's3:GetObject', 'box', 'none'],
  ['GET', '/box/k?versionId=1', 's3:GetObjectVersion', 'box', 'k'],
  ['PUT', '/box/k%20', 's3:PutObject', 'box', 'k '],
  ['PUT', '/box/k?uploadId=1&partNumber=1', 's3:PutObject', 'box', 'k'],
  ['DELETE', '/box/k?versionId=1', 's3:DeleteObjectVersion', 'box', 'k'],
  ['DELETE', '/box/k?uploadId=1', 's3:AbortMultipartUpload', 'box', 'k'],
  ['POST', '/box/k?uploads', 's3:PutObject', 'box', 'k'],
])('%s %s needs %s before anything else', async (method, path, action, bucket, key) => {
  const asked: unknown[] = [];
  live.overrides.isAllowed = (...question) => {
    asked.push(question.slice(0, 3));
    return false;
  };
  const answer = await live.send({ method, path });
  expect(asked).toEqual([[action, bucket, key]]);
  expect(answer.status).toBe(403);
  if (method !== 'HEAD') expect(answer.text).toContain(`<Code>AccessDenied</Code><Message>no ${action} on`);
});

test('DeleteObjects checks the right to each object', async () => {
  live.overrides.isAllowed = (_action, _bucket, key) => key === 'mine';
  const body = '<Delete><Object><Key>mine</Key></Object><Object><Key>other</Key></Object></Delete>';
  const { text } = await live.send({ method: 'POST', path: '/box?delete', body });
  expect(text).toContain('<Deleted><Key>mine</Key></Deleted><Error><Key>other</Key><Code>AccessDenied</Code>');
});

test('a rejected body is not stored, and the client can read the error', async () => {
  live.overrides.isAllowed = () => false;
  const request = httpRequest({ host: '127.0.0.1', port: live.port, method: 'PUT', path: '/box/k', agent: false });
  const answer = new Promise<[number | undefined, string | undefined]>((resolve, reject) => {
    request.on('error', reject);
    request.on('response', (response) => {
      response.resume();
      response.on('end', () => resolve([response.statusCode, response.headers.connection]));
    });
  });
  Readable.from(Array.from({ length: 64 }, () => Buffer.alloc(65_536))).pipe(request);
  expect(await answer).toEqual([403, 'close']);
  delete live.overrides.isAllowed;
  expect((await live.send({ method: 'HEAD', path: '/box/k' })).headers['content-length']).toBe('1');
});

test('a client that waits for 100 Continue gets the error instead', async () => {
  const socket = connect(live.port, '127.0.0.1');
  let text = '';
  socket.on('data', (bytes) => {
    text += bytes.toString();
  });
  const closed = new Promise((resolve) => socket.on('close', resolve));
  socket.write('PUT /none/k HTTP/1.1\r\nhost: x\r\nexpect: 100-continue\r\ncontent-length: 9000000\r\n\r\n');
  await closed;
  expect(text).toMatch(/^HTTP\/1\.1 404 Not Found/);
  expect(text).toContain('<Code>NoSuchBucket</Code>');
});

test.each(['box.localhost', 'box.s3.amazonaws.com', 'box.s3.eu-west-1.amazonaws.com'])(
  'with the host %s the path is the key',
  async (host) => {
    expect((await live.send({ path: '/k', headers: { host } })).text).toBe('x');
    expect((await live.send({ path: '/?list-type=2', headers: { host } })).text).toContain('<Name>box</Name>');
  },
);

test.each([
  ['PUT', '/box?cors', 'NotImplemented', 'cors'],
  ['GET', '/box/k?torrent', 'NotImplemented', 'torrent'],
  ['PUT', '/box/k?not-yet-invented', 'NotImplemented', 'not-yet-invented'],
  ['GET', '/box?uploads&versions', 'NotImplemented', 'uploads, versions'],
  ['PUT', '/box/k?retention', 'NotImplemented', 'retention'],
  ['POST', '/box/k', 'MethodNotAllowed', 'method'],
  ['PATCH', '/box', 'MethodNotAllowed', 'method'],
  ['GET', '/box/%ff', 'InvalidURI', 'URI'],
  ['GET', '/box/a%00b', 'InvalidURI', 'U+0000'],
  ['GET', '/box?prefix=%00', 'InvalidURI', 'U+0000'],
  ['GET', '/box?prefix=%zz', 'InvalidURI', 'URI'],
])('%s %s fails with %s', async (method, path, code, said) => {
  const answer = await live.send({ method, path, headers: { 'content-length': '0' } });
  expect(answer.text).toContain(`<Code>${code}</Code>`);
  expect(answer.text).toContain(said);
  expect(answer.status).toBeLessThan(500);
});

test('parameters that sign or describe a request are not sub-resources', async () => {
  const query = 'x-id=GetObject&X-Amz-Signature=abc&X-Amz-Security-Token=&versionId=null';
  expect((await live.send({ path: `/box/k?${query}` })).text).toBe('x');
});

test('a presigned request may carry its headers in the query, but no checksum', async () => {
  const query =
    'X-Amz-Signature=a&x-amz-meta-color=blue&x-amz-server-side-encryption=AES256&x-amz-checksum-crc32=AAAAAA%3D%3D';
  expect((await live.send({ method: 'PUT', path: `/box/signed?${query}`, body: 'hello' })).status).toBe(200);
  const { headers } = await live.send({ method: 'HEAD', path: '/box/signed' });
  expect(headers).toMatchObject({ 'x-amz-meta-color': 'blue', 'x-amz-server-side-encryption': 'AES256' });
});

test.each([
  'x-amz-meta-a=%F0%9F%98%80',
  'x-amz-meta-a=1%0d%0ax:2',
  'x-amz-meta-%20=1',
  'x-amz-server-side-encryption=%0a',
])('rejects a presigned %s, which could not be returned in a header', async (parameter) => {
  const path = `/box/poison?X-Amz-Signature=a&${parameter}`;
  const answer = await live.send({ method: 'PUT', path, body: 'x' });
  expect(answer).toMatchObject({ status: 400, text: expect.stringContaining('<Code>InvalidArgument</Code>') });
  expect((await live.send({ path: '/box/poison' })).status).toBe(404);
});

test('a reader that disconnects in the middle does no harm', async () => {
  await live.send({ method: 'PUT', path: '/box/big', body: Buffer.alloc(8_000_000) });
  await new Promise<void>((resolve) => {
    const request = httpRequest({ host: '127.0.0.1', port: live.port, path: '/box/big', agent: false }, (response) => {
      response.once('data', () => {
        request.destroy();
        resolve();
      });
    });
    request.end();
  });
  await live.settled();
  expect((await live.send({ method: 'HEAD', path: '/box/big' })).headers['content-length']).toBe('8000000');
});

test('concurrent writers and slow readers get every byte right, although memory is used again at once', async () => {
  const bodies = Array.from({ length: 4 }, (_, index) => randomBytes(5_000_000 + index));
  const pathOf = (index: number) => `/box/random-${index}`;
  await Promise.all(bodies.map((body, index) => live.send({ method: 'PUT', path: pathOf(index), body })));
  const read = await Promise.all(bodies.map((_, index) => readSlowly(pathOf(index))));
  for (const [index, body] of bodies.entries()) expect(read[index]?.equals(body)).toBe(true);
});

/** Reads an object with pauses, so that the server has to wait. */
async function readSlowly(path: string): Promise<Buffer> {
  const request = httpRequest({ host: '127.0.0.1', port: live.port, path, agent: false }).end();
  const [response] = (await once(request, 'response')) as [IncomingMessage];
  const chunks: Buffer[] = [];
  for await (const chunk of response) {
    chunks.push(chunk);
    if (chunks.length % 16 === 0) await sleep(5);
  }
  return Buffer.concat(chunks);
}
