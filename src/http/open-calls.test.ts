import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { expect, test } from 'vitest';
import { openExchange } from './exchange.ts';
import { OpenCalls, readWaitMs } from './open-calls.ts';

const read = (text?: string | string[]) => readWaitMs({ 'x-millrace-wait-seconds': text });

test.each([
  ['0', 0],
  ['20', 20_000],
  ['0.5', 500],
  [' 3 ', 3000],
])('%j means %d ms', (text, waitMs) => {
  expect(read(text)).toBe(waitMs);
});

test('no header is not the same as 0', () => {
  expect(read()).toBeUndefined();
});

test.each(['', ' ', '-1', '20.001', '1e9', 'NaN', 'Infinity', '5s', '1, 2', ['1', '2']])('%j is refused', (text) => {
  expect(() => read(text)).toThrow('The header x-millrace-wait-seconds must be a number from 0 to 20.');
});

/** Returns open calls, and the number of held polls. */
function setUp() {
  let heldPolls = 0;
  const countHeldPoll = (change: number) => {
    heldPolls += change;
  };
  const calls = new OpenCalls({ countHeldPoll });
  const exchange = openExchange(
    { url: '/' } as IncomingMessage,
    new PassThrough() as unknown as ServerResponse,
    'id',
    false,
  );
  return { calls, exchange, heldPolls: () => heldPolls };
}

test('a held poll is counted until its exchange is over, and then aborted', () => {
  const { calls, exchange, heldPolls } = setUp();
  const signal = calls.open(exchange, { isPoll: true, waitMs: 1000 });
  expect([signal.aborted, heldPolls()]).toEqual([false, 1]);
  exchange.end();
  expect([signal.aborted, heldPolls()]).toEqual([true, 0]);
});

test('only polls that wait are counted as held', () => {
  const { calls, exchange, heldPolls } = setUp();
  calls.open(exchange, { isPoll: true, waitMs: 0 });
  calls.open(exchange, { isPoll: false, waitMs: 1000 });
  expect(heldPolls()).toBe(0);
});

test('abort aborts the open calls and later ones', () => {
  const { calls, exchange } = setUp();
  const before = calls.open(exchange, { isPoll: true, waitMs: 1000 });
  let isAborted = false;
  before.addEventListener('abort', () => {
    isAborted = true;
  });
  calls.abort();
  expect(isAborted).toBe(true);
  expect(calls.open(exchange, { isPoll: true, waitMs: 1000 }).aborted).toBe(true);
});
