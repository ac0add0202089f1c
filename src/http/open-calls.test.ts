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
])('%j asks to wait %d ms', (text, waitMs) => {
  expect(read(text)).toBe(waitMs);
});

test('a call without the header says nothing, which is not 0', () => {
  expect(read()).toBeUndefined();
});

test.each(['', ' ', '-1', '20.001', '1e9', 'NaN', 'Infinity', '5s', '1, 2', ['1', '2']])('%j is refused', (text) => {
  expect(() => read(text)).toThrow('The header x-millrace-wait-seconds must be a number from 0 to 20.');
});

/** The calls of a server, and how many of its polls are held. */
function setUp() {
  let heldPolls = 0;
  const holdPoll = () => {
    heldPolls += 1;
    const release = () => {
      heldPolls -= 1;
    };
    return { release };
  };
  const calls = new OpenCalls({ holdPoll });
  const exchange = openExchange(
    { url: '/' } as IncomingMessage,
    new PassThrough() as unknown as ServerResponse,
    'id',
    false,
  );
  return { calls, exchange, heldPolls: () => heldPolls };
}

test('a held poll is counted until its exchange is over, which aborts it', () => {
  const { calls, exchange, heldPolls } = setUp();
  const signal = calls.open(exchange, { isPoll: true, waitMs: 1000 });
  expect([signal.aborted, heldPolls()]).toEqual([false, 1]);
  exchange.end();
  expect([signal.aborted, heldPolls()]).toEqual([true, 0]);
});

test('a poll that does not wait, and a call that is no poll, are not counted as held', () => {
  const { calls, exchange, heldPolls } = setUp();
  calls.open(exchange, { isPoll: true, waitMs: 0 });
  calls.open(exchange, { isPoll: false, waitMs: 1000 });
  expect(heldPolls()).toBe(0);
});

test('a server that stops aborts the open calls and those that come later', () => {
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
