import { createHash, createHmac } from 'node:crypto';
import { Readable } from 'node:stream';
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { region, rootKey, serve } from '../support/server.ts';
import { amzDate, type RawAnswer, sendRaw } from '../support/signed-request.ts';

const streaming = 'STREAMING-AWS4-HMAC-SHA256-PAYLOAD';
const emptyHash = createHash('sha256').digest('hex');

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac('sha256', key).update(text).digest();
}

/** PUTs chunks as the Java SDK v1 does over plain HTTP: each one is signed and continues the chain of the one before. */
function putSignedChunks(
  url: string,
  path: string,
  chunks: string[],
  spoil = (body: string) => body,
): Promise<RawAnswer> {
  const date = amzDate();
  const scope = `${date.slice(0, 8)}/${region}/s3/aws4_request`;
  const key = scope
    .split('/')
    .reduce<string | Buffer>((secret, part) => hmac(secret, part), `AWS4${rootKey.secretAccessKey}`);
  const headers: Record<string, string> = {
    'content-encoding': 'aws-chunked',
    host: new URL(url).host,
    'x-amz-content-sha256': streaming,
    'x-amz-date': date,
    'x-amz-decoded-content-length': String(chunks.join('').length),
  };
  const names = Object.keys(headers);
  const canonical = [
    'PUT',
    path,
    '',
    ...names.map((name) => `${name}:${headers[name]}`),
    '',
    names.join(';'),
    streaming,
  ];
  const hash = createHash('sha256').update(canonical.join('\n')).digest('hex');
  let signature = hmac(key, `AWS4-HMAC-SHA256\n${date}\n${scope}\n${hash}`).toString('hex');
  const Authorization = `AWS4-HMAC-SHA256 Credential=${rootKey.accessKeyId}/${scope}, SignedHeaders=${names.join(';')}, Signature=${signature}`;
  const framed = [...chunks, ''].map((chunk) => {
    const chunkHash = createHash('sha256').update(chunk).digest('hex');
    const text = ['AWS4-HMAC-SHA256-PAYLOAD', date, scope, signature, emptyHash, chunkHash].join('\n');
    signature = hmac(key, text).toString('hex');
    return `${chunk.length.toString(16)};chunk-signature=${signature}\r\n${chunk}\r\n`;
  });
  const body = spoil(framed.join(''));
  return sendRaw(url, { method: 'PUT', path, headers: { ...headers, Authorization }, body });
}

test('a body of signed chunks is stored, and one changed byte in a chunk is refused and stores nothing', async () => {
  const server = await serve();
  const s3 = server.s3();
  await s3.send(new CreateBucketCommand({ Bucket: 'chunks' }));
  const chunks = ['a'.repeat(70_000), 'b'.repeat(1234)];
  expect(await putSignedChunks(server.url, '/chunks/good', chunks)).toMatchObject({ status: 200 });
  const stored = await s3.send(new GetObjectCommand({ Bucket: 'chunks', Key: 'good' }));
  expect(await stored.Body?.transformToString()).toBe(chunks.join(''));
  expect(stored.ContentEncoding).toBeUndefined();

  const changed = await putSignedChunks(server.url, '/chunks/bad', chunks, (body) =>
    body.replace('b'.repeat(20), 'X'.repeat(20)),
  );
  expect(changed.status).toBe(403);
  expect(changed.body).toContain('<Code>SignatureDoesNotMatch</Code>');
  await expect(s3.send(new HeadObjectCommand({ Bucket: 'chunks', Key: 'bad' }))).rejects.toMatchObject({
    name: 'NotFound',
  });
});

test('a streamed body with a trailing checksum is stored, as current SDKs send it (clients 38)', async () => {
  const server = await serve();
  const s3 = server.s3();
  await s3.send(new CreateBucketCommand({ Bucket: 'streams' }));
  const seen: string[] = [];
  s3.middlewareStack.add(
    (next) => (args) => {
      seen.push((args.request as { headers: Record<string, string> }).headers['x-amz-content-sha256'] ?? '');
      return next(args);
    },
    { step: 'finalizeRequest', priority: 'low' },
  );
  await s3.send(
    new PutObjectCommand({ Bucket: 'streams', Key: 'k', Body: Readable.from(['one ', 'two']), ContentLength: 7 }),
  );
  expect(seen).toEqual(['STREAMING-UNSIGNED-PAYLOAD-TRAILER']);
  const stored = await s3.send(new GetObjectCommand({ Bucket: 'streams', Key: 'k', ChecksumMode: 'ENABLED' }));
  expect(await stored.Body?.transformToString()).toBe('one two');
  expect(stored.ChecksumCRC32).toBeTruthy();
});
