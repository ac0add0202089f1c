import { createHmac } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { afterEach, expect, test, vi } from 'vitest';
import { sampleEvent } from '../../../test/support/events/event.ts';
import { startReceiver } from '../../../test/support/events/receiver.ts';
import { DeliveryFailure } from '../destination.ts';
import { httpSender } from './http.ts';

const key = Buffer.alloc(32, 7);
const context = { deliveryId: 'delivery-1', attempts: 1, at: 1_700_000_000_999 };
const closers: (() => Promise<void>)[] = [];
afterEach(async () => {
  vi.restoreAllMocks();
  for (const close of closers.splice(0)) await close();
});

async function receiver(answer?: (response: ServerResponse) => void) {
  const started = await startReceiver(answer && ((_, response) => answer(response)));
  closers.push(started.close);
  return started;
}

function send(url: string, { signal = new AbortController().signal, ...members }: Record<string, unknown> = {}) {
  const document = { type: 'http', url, secret: `whsec_${key.toString('base64')}`, ...members };
  return httpSender.send({ name: 'chat', document }, sampleEvent, context, signal as AbortSignal);
}

async function failureOf(sent: Promise<void>): Promise<DeliveryFailure> {
  const error = await sent.then(() => undefined).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(DeliveryFailure);
  return error as DeliveryFailure;
}

test('an event is posted and signed as Standard Webhooks describes', async () => {
  const { url, received } = await receiver();
  await send(url);
  const [request] = received;
  expect(JSON.parse(request?.body ?? '')).toEqual(sampleEvent);
  expect(request).toMatchObject({
    path: '/events',
    headers: {
      'content-type': 'application/json',
      'webhook-id': 'delivery-1',
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${createHmac('sha256', key).update(`delivery-1.1700000000.${request?.body}`).digest('base64')}`,
    },
  });
});

test('a redirect is a failure that names where it leads, without its path', async () => {
  const other = await receiver();
  const { url } = await receiver((response) => response.writeHead(302, { location: `${other.url}?token=7` }).end());
  const { message, isFinal } = await failureOf(send(url));
  expect(message).toBe(
    `${new URL(url).origin} responded with 302, a redirect to ${new URL(other.url).origin}. Redirects are not followed: give the final URL.`,
  );
  expect(isFinal).toBe(false);
  expect(other.received).toEqual([]);
});

test('a failure quotes the response and says how long to wait', async () => {
  const { url } = await receiver((response) =>
    response.writeHead(503, { 'retry-after': '120' }).end(`closed\u0007\n${'!'.repeat(500)}`),
  );
  const { message, isFinal, retryAfterMs } = await failureOf(send(url));
  expect(message).toBe(`${new URL(url).origin} responded with 503: closed ${'!'.repeat(193)}`);
  expect({ isFinal, retryAfterMs }).toEqual({ isFinal: false, retryAfterMs: 120_000 });
});

test('a date says how long to wait, too, and nonsense nothing', async () => {
  const date = new Date(context.at + 60_001).toUTCString();
  for (const [text, expected] of [
    [date, 60_000],
    ['soon', undefined],
    ['-5', undefined],
  ] as const) {
    const { url } = await receiver((response) => response.writeHead(429, { 'retry-after': text }).end());
    const { retryAfterMs } = await failureOf(send(url));
    if (expected === undefined) expect(retryAfterMs).toBeUndefined();
    else expect(Math.abs((retryAfterMs ?? 0) - expected)).toBeLessThan(1000);
  }
});

test('410 means never again', async () => {
  const { url } = await receiver((response) => response.writeHead(410).end());
  expect(await failureOf(send(url))).toMatchObject({ isFinal: true, message: expect.stringMatching(/ 410\.$/) });
});

test('a receiver that never responds is given up after 15 s', async () => {
  const { url, received } = await receiver(() => undefined);
  const timer = new AbortController();
  const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(timer.signal);
  const failure = failureOf(send(url));
  await vi.waitFor(() => expect(received).toHaveLength(1));
  timer.abort();
  expect((await failure).message).toBe(`${new URL(url).origin} did not respond within 15 s.`);
  expect(timeout).toHaveBeenCalledWith(15_000);
});

test('an endless response is cut off', async () => {
  const { url } = await receiver((response) => {
    response.writeHead(200);
    const flood = () => {
      while (!response.destroyed && response.write('x'.repeat(65_536)));
    };
    response.on('drain', flood);
    flood();
  });
  await send(url);
});

test('the stop of the server is not the failure of the receiver', async () => {
  const { url } = await receiver(() => undefined);
  const stop = new AbortController();
  const sent = send(url, { signal: stop.signal });
  stop.abort(new Error('stopping'));
  await expect(sent).rejects.toThrow('stopping');
});

test('a receiver that is away is named without the path of its URL', async () => {
  const { url, close } = await receiver();
  await close();
  closers.length = 0;
  expect((await failureOf(send(`${url}/secret`))).message).toMatch(
    /^http:\/\/127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED [\d.:]+\.$/,
  );
});
