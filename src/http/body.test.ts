import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { BodyError, type BodyReading, readBody } from './body.ts';
import { BodyBudget } from './body-budget.ts';
import { openExchange } from './exchange.ts';

// One clock for all tests, since the deadlines of bodies share a timer.
beforeAll(() => void vi.useFakeTimers());
afterAll(() => void vi.useRealTimers());

const timeoutMs = 3000;

/** Returns a request of a client that waits for `100 Continue`; the test sends its body. */
function setUp({ headers = {}, budget = new BodyBudget(1000) }: { headers?: object; budget?: BodyBudget } = {}) {
  const sender = new PassThrough();
  const events: string[] = [];
  const response = Object.assign(new PassThrough(), { writeContinue: () => events.push('continue') });
  const request = Object.assign(sender, { url: '/', headers }) as unknown as IncomingMessage;
  const exchange = openExchange(request, response as unknown as ServerResponse, 'id', true);
  const read = (reading: Partial<BodyReading> = {}) =>
    readBody(exchange, { budget, timeoutMs, maxBytes: 10, isVerified: false, ...reading });
  return { sender, exchange, events, budget, read };
}

/** Returns why a body was rejected. */
const reasonOf = (reading: Promise<Buffer>) =>
  reading.then(
    () => 'read',
    (error: unknown) => (error instanceof BodyError ? error.reason : 'broken'),
  );

test('a body in pieces is read up to the last allowed byte, and leaves no listener behind', async () => {
  const { sender, read, events, budget } = setUp();
  const seen: string[] = [];
  const reading = read({ onChunk: (chunk) => seen.push(String(chunk)) });
  sender.write('01234');
  sender.end('56789');
  expect(String(await reading)).toBe('0123456789');
  expect(seen.join('')).toBe('0123456789');
  expect(events).toEqual(['continue']);
  expect(budget.heldBytes).toBe(0);
  await vi.advanceTimersByTimeAsync(timeoutMs);
  expect(sender.listenerCount('data')).toBe(0);
});

test('an empty body is empty', async () => {
  const { sender, read } = setUp();
  const reading = read();
  sender.end();
  expect((await reading).length).toBe(0);
});

test('a body that is announced as too large is rejected before it is sent', async () => {
  const { read, events } = setUp({ headers: { 'content-length': '11' } });
  expect(await reasonOf(read())).toBe('too large');
  expect(events).toEqual([]);
});

test('a body that grows too large is rejected at the first byte too many', async () => {
  const { sender, read, budget } = setUp();
  const reason = reasonOf(read());
  sender.write('0123456789');
  sender.write('!');
  expect(await reason).toBe('too large');
  expect(budget.heldBytes).toBe(0);
});

test('a body that drips is rejected after its time-out', async () => {
  const { sender, read, budget } = setUp();
  const reason = reasonOf(read());
  sender.write('0');
  await vi.advanceTimersByTimeAsync(timeoutMs - 1);
  sender.write('1');
  await vi.advanceTimersByTimeAsync(1);
  expect(await reason).toBe('too slow');
  expect(budget.heldBytes).toBe(0);
});

test('a body whose client goes is rejected, and leaves the budget', async () => {
  const { sender, exchange, read, budget } = setUp();
  const reason = reasonOf(read());
  sender.write('0123');
  await vi.advanceTimersByTimeAsync(0);
  expect(budget.heldBytes).toBe(4);
  exchange.end();
  expect(await reason).toBe('broken');
  expect(budget.heldBytes).toBe(0);
});

test('if two bodies exceed the budget, the larger one is rejected and the smaller one is read', async () => {
  const budget = new BodyBudget(12);
  const large = setUp({ budget });
  const small = setUp({ budget });
  const reason = reasonOf(large.read());
  const reading = small.read();
  large.sender.write('01234567');
  small.sender.end('abcde');
  expect(await reason).toBe('too many');
  expect(String(await reading)).toBe('abcde');
});

test('a held body stays in the budget until its exchange is over', async () => {
  const { sender, exchange, read, budget } = setUp();
  const reading = read({ isHeld: true });
  sender.end('0123');
  await reading;
  expect(budget.heldBytes).toBe(4);
  exchange.end();
  expect(budget.heldBytes).toBe(0);
});
