import { request as httpRequest, type IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { expect, test } from 'vitest';
import { openBareEndpoint } from '../../test/support/bare-endpoint.ts';
import { openEmbeddedStore } from '../store/open.ts';

const chunk = Buffer.alloc(1024 * 1024, 7);
const chunks = 200;
const mebibyte = 1024 * 1024;

test('200 MiB come in and go out without being held', async () => {
  const live = await openBareEndpoint(openEmbeddedStore);
  await live.send({ method: 'PUT', path: '/box' });
  const startBytes = process.memoryUsage().rss;
  let peakBytes = 0;
  const look = () => {
    peakBytes = Math.max(peakBytes, process.memoryUsage().rss - startBytes);
  };
  function* body() {
    for (let count = 0; count < chunks; count += 1) {
      look();
      yield chunk;
    }
  }
  const open = (method: string, headers: Record<string, string | number>) => {
    const request = httpRequest({
      host: '127.0.0.1',
      port: live.port,
      method,
      path: '/box/large',
      headers,
      agent: false,
    });
    const answer = new Promise<IncomingMessage>((resolve, reject) =>
      request.on('response', resolve).on('error', reject),
    );
    return { request, answer };
  };

  const put = open('PUT', { 'content-length': chunks * chunk.length });
  await pipeline(Readable.from(body()), put.request);
  expect((await put.answer).statusCode).toBe(200);

  const get = open('GET', {});
  get.request.end();
  let received = 0;
  for await (const bytes of (await get.answer) as AsyncIterable<Buffer>) {
    received += bytes.length;
    look();
  }
  expect(received).toBe(chunks * chunk.length);
  expect(peakBytes).toBeLessThan(100 * mebibyte);
  await live.close();
});
