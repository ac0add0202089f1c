import { Readable } from 'node:stream';
import { CreateBucketCommand, GetObjectCommand, HeadObjectCommand, PutObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { putSignedChunks } from '../support/requests/signed-chunks.ts';
import { serve } from '../support/servers/server.ts';

test('a body of signed chunks is stored, and one with a changed byte is rejected', async () => {
  const server = await serve();
  const s3 = server.s3();
  await s3.send(new CreateBucketCommand({ Bucket: 'chunks' }));
  const chunks = ['a'.repeat(70_000), 'b'.repeat(1234)];
  expect(await putSignedChunks(server.url, { path: '/chunks/good', chunks })).toMatchObject({ status: 200 });
  const stored = await s3.send(new GetObjectCommand({ Bucket: 'chunks', Key: 'good' }));
  expect(await stored.Body?.transformToString()).toBe(chunks.join(''));
  expect(stored.ContentEncoding).toBeUndefined();

  const changed = await putSignedChunks(server.url, {
    path: '/chunks/bad',
    chunks,
    spoil: (body) => Buffer.from(body.toString('latin1').replace('b'.repeat(20), 'X'.repeat(20)), 'latin1'),
  });
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
