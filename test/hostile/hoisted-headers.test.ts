import { CreateBucketCommand, HeadObjectCommand } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { sign } from '../support/requests/request-signer.ts';
import { sendRaw } from '../support/requests/signed-request.ts';
import { serve } from '../support/servers/server.ts';

const hoisted = 'x-amz-meta-owner=mallory';

test('any parameter added to a request with an Authorization header invalidates the signature', async () => {
  const { url, s3 } = await serve();
  await s3().send(new CreateBucketCommand({ Bucket: 'box' }));
  const request = { method: 'PUT', path: '/box/key', query: '', headers: {}, body: Buffer.from('x') };
  const { headers } = sign(request, 's3', new URL(url).host);
  for (const query of ['X-Amz-Signature=0', `X-Amz-Signature=0&${hoisted}`, 'x-amz-signature=0']) {
    const answer = await sendRaw(url, { method: 'PUT', path: `/box/key?${query}`, headers, body: 'x' });
    expect([query, answer.status]).toEqual([query, 403]);
    expect(answer.body).toContain('<Code>SignatureDoesNotMatch</Code>');
  }
});

test('only presigned URLs may carry headers in the query', async () => {
  const { url, s3 } = await serve();
  await s3().send(new CreateBucketCommand({ Bucket: 'box' }));
  const query = `X-Amz-Signature=0&${hoisted}`;
  const request = { method: 'PUT', path: '/box/key', query, headers: {}, body: Buffer.from('x') };
  const { headers } = sign(request, 's3', new URL(url).host);
  const answer = await sendRaw(url, { method: 'PUT', path: `/box/key?${query}`, headers, body: 'x' });
  expect(answer.status).toBe(200);
  expect((await s3().send(new HeadObjectCommand({ Bucket: 'box', Key: 'key' }))).Metadata).toEqual({});
});
