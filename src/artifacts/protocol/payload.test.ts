import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { connect } from 'node:net';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { type BareEndpoint, openBareEndpoint } from '../../../test/support/servers/bare-endpoint.ts';
import { openEmbeddedStore } from '../../store/open.ts';

let live: BareEndpoint;
beforeAll(async () => {
  live = await openBareEndpoint(openEmbeddedStore);
  await live.send({ method: 'PUT', path: '/box' });
});
afterAll(() => live.close());
beforeEach(async () => {
  await live.send({ method: 'PUT', path: '/box/k', body: 'untouched' });
});

const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const md5 = (text: string) => createHash('md5').update(text).digest('base64');
const crc32OfHello = 'NhCmhg==';
const chunked = {
  'x-amz-content-sha256': 'STREAMING-UNSIGNED-PAYLOAD-TRAILER',
  'content-encoding': 'aws-chunked',
  'x-amz-trailer': 'x-amz-checksum-crc32',
  'x-amz-decoded-content-length': '5',
};
const helloChunks = (crc = crc32OfHello) => `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:${crc}\r\n\r\n`;

const put = (headers: Record<string, string>, body: string) =>
  live.send({ method: 'PUT', path: '/box/k', headers, body });

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

test.each<[string, Record<string, string>]>([
  ['its hash', { 'x-amz-content-sha256': sha256('hello') }],
  ['no hash', { 'x-amz-content-sha256': 'UNSIGNED-PAYLOAD' }],
  ['its MD5', { 'content-md5': md5('hello') }],
  ['its checksum', { 'x-amz-checksum-crc32': crc32OfHello }],
])('a plain body with %s is stored', async (_name, headers) => {
  expect(await put(headers, 'hello')).toMatchObject({ status: 200 });
  expect((await live.send({ path: '/box/k' })).text).toBe('hello');
});

test.each<[string, Record<string, string>, string, string]>([
  ['a wrong hash', { 'x-amz-content-sha256': sha256('hallo') }, 'hello', 'XAmzContentSHA256Mismatch'],
  ['a hash of unknown form', { 'x-amz-content-sha256': 'abc' }, 'hello', 'InvalidArgument'],
  ['a wrong MD5', { 'content-md5': md5('hallo') }, 'hello', 'BadDigest'],
  ['an invalid MD5', { 'content-md5': 'abc' }, 'hello', 'InvalidDigest'],
  ['a wrong checksum', { 'x-amz-checksum-crc32': 'AAAAAA==' }, 'hello', 'BadDigest'],
  ['an invalid checksum', { 'x-amz-checksum-sha256': 'AAAAAA==' }, 'hello', 'InvalidRequest'],
  [
    'two checksums',
    { 'x-amz-checksum-crc32': 'AAAAAA==', 'x-amz-checksum-crc32c': 'AAAAAA==' },
    'hello',
    'InvalidRequest',
  ],
  ['an unknown algorithm', { 'x-amz-sdk-checksum-algorithm': 'MD4' }, 'hello', 'InvalidRequest'],
  ['a wrong trailing checksum', chunked, helloChunks('AAAAAA=='), 'BadDigest'],
  ['an invalid trailing checksum', chunked, helloChunks('AAAA'), 'InvalidRequest'],
  ['no trailing checksum', chunked, '5\r\nhello\r\n0\r\n\r\n', 'MalformedTrailerError'],
  [
    'a repeated trailing checksum, the right one last',
    chunked,
    `5\r\nhello\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:${crc32OfHello}\r\n\r\n`,
    'MalformedTrailerError',
  ],
  ['a trailer of another name', { ...chunked, 'x-amz-trailer': 'x-amz-meta-a' }, helloChunks(), 'InvalidRequest'],
  ['too small a length', { ...chunked, 'x-amz-decoded-content-length': '4' }, helloChunks(), 'IncompleteBody'],
  ['too large a length', { ...chunked, 'x-amz-decoded-content-length': '6' }, helloChunks(), 'IncompleteBody'],
  ['no length', { ...chunked, 'x-amz-decoded-content-length': '' }, helloChunks(), 'MissingContentLength'],
  ['an invalid length', { ...chunked, 'x-amz-decoded-content-length': 'x' }, helloChunks(), 'InvalidArgument'],
  ['no framing', chunked, 'hello', 'IncompleteBody'],
  ['truncated framing', chunked, '5\r\nhel', 'IncompleteBody'],
  [
    'signed chunks without a verifier',
    { ...chunked, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' },
    '',
    'SignatureDoesNotMatch',
  ],
  [
    'an unknown framing',
    { ...chunked, 'x-amz-content-sha256': 'STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD' },
    '',
    'NotImplemented',
  ],
])('a body with %s leaves the object untouched', async (_name, headers, body, code) => {
  const answer = await put(headers, body);
  expect(answer.text).toContain(`<Code>${code}</Code>`);
  expect(answer.status).toBeLessThan(500);
  expect((await live.send({ path: '/box/k' })).text).toBe('untouched');
  expect(await filesIn(live.folder)).toHaveLength(1);
});

test('chunks with a trailing checksum need no Content-Length of their own', async () => {
  const answer = await put({ ...chunked, 'transfer-encoding': 'chunked' }, helloChunks());
  expect(answer).toMatchObject({ status: 200, headers: { 'x-amz-checksum-crc32': crc32OfHello } });
  const { text, headers } = await live.send({ path: '/box/k' });
  expect(text).toBe('hello');
  expect(headers['content-encoding']).toBeUndefined();
});

test('a body of unknown length is rejected as on S3', async () => {
  const answer = await put({ 'transfer-encoding': 'chunked' }, 'hello');
  expect(answer).toMatchObject({ status: 411, text: expect.stringContaining('MissingContentLength') });
});

test('signed chunks are stored if each has a valid signature', async () => {
  live.overrides.chunkVerifier = {
    verifyChunk: (hash, signature) => hash === signature,
    verifyTrailer: () => false,
  };
  const headers = { ...chunked, 'x-amz-content-sha256': 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD' };
  const body = (text: string) =>
    `5;chunk-signature=${sha256('hello')}\r\n${text}\r\n0;chunk-signature=${sha256('')}\r\n\r\n`;
  expect(await put(headers, body('hallo'))).toMatchObject({
    status: 403,
    text: expect.stringContaining('SignatureDoesNotMatch'),
  });
  expect((await live.send({ path: '/box/k' })).text).toBe('untouched');
  expect((await put(headers, body('hello'))).status).toBe(200);
  live.overrides.chunkVerifier = undefined;
});

test.each(['content-length: 1000000', 'transfer-encoding: chunked\r\nx-amz-decoded-content-length: 1000000'])(
  'a client that disconnects after "%s" leaves nothing behind',
  async (length) => {
    const framing = length.startsWith('content')
      ? ''
      : 'x-amz-content-sha256: STREAMING-UNSIGNED-PAYLOAD-TRAILER\r\nx-amz-trailer: x-amz-checksum-crc32\r\n';
    const before = await filesIn(live.folder);
    const socket = connect(live.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`PUT /box/k HTTP/1.1\r\nhost: x\r\n${length}\r\n${framing}\r\n`);
    socket.write(length.startsWith('content') ? 'x'.repeat(200_000) : `5\r\n10\r\nx\r\n`);
    await pollUntil(
      () => filesIn(`${live.folder}/incoming`),
      (files) => files.length === 1,
    );
    socket.destroy();
    await live.settled();
    expect(await filesIn(live.folder)).toEqual(before);
    expect((await live.send({ path: '/box/k' })).text).toBe('untouched');
  },
);

/** Polls once per turn of the event loop. */
async function pollUntil<Seen>(read: () => Promise<Seen>, isReached: (seen: Seen) => boolean): Promise<void> {
  while (!isReached(await read())) await new Promise((resolve) => setImmediate(resolve));
}
