import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { openExchange } from './exchange.ts';
import { TransferSlots } from './transfer-slots.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const waitMs = 1000;

/** Returns three slots, two per caller, and the names of the transfers that have begun. */
function setUp() {
  const slots = new TransferSlots({ all: 3, ofCaller: 2, waitMs });
  const begun: string[] = [];
  const enter = async (caller: string, name: string, exchange = exchangeOf()) => {
    const leave = await slots.enter(caller, exchange);
    begun.push(name);
    return leave;
  };
  return { begun, enter };
}

function exchangeOf() {
  return openExchange({ url: '/' } as IncomingMessage, new PassThrough() as unknown as ServerResponse, 'id', false);
}

const runPromises = () => vi.advanceTimersByTimeAsync(0);

test('a caller at its limit waits in order and does not hold up others', async () => {
  const { begun, enter } = setUp();
  const leave = await enter('a', 'a1');
  await enter('a', 'a2');
  void enter('a', 'a3');
  void enter('a', 'a4');
  await enter('b', 'b1');
  expect(begun).toEqual(['a1', 'a2', 'b1']);
  leave();
  await runPromises();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'a3']);
});

test('a free slot goes to the first transfer whose caller is below its limit', async () => {
  const { begun, enter } = setUp();
  await enter('a', 'a1');
  await enter('a', 'a2');
  const leave = await enter('b', 'b1');
  void enter('a', 'a3');
  void enter('c', 'c1');
  void enter('b', 'b2');
  leave();
  await runPromises();
  expect(begun).toEqual(['a1', 'a2', 'b1', 'c1']);
});

test('leaving a slot twice frees it once', async () => {
  const { begun, enter } = setUp();
  const leave = await enter('a', 'a1');
  await enter('a', 'a2');
  leave();
  leave();
  await enter('a', 'a3');
  void enter('a', 'a4');
  await runPromises();
  expect(begun).toEqual(['a1', 'a2', 'a3']);
});

test('a transfer that waits too long is rejected with SlowDown and uses no slot later', async () => {
  const { begun, enter } = setUp();
  const leave = await enter('a', 'a1');
  await enter('a', 'a2');
  const refused = expect(enter('a', 'a3')).rejects.toMatchObject({ code: 'SlowDown' });
  await vi.advanceTimersByTimeAsync(waitMs);
  await refused;
  leave();
  await enter('a', 'a4');
  expect(begun).toEqual(['a1', 'a2', 'a4']);
});

test('a transfer whose client has gone stops waiting, and leaves no timer behind', async () => {
  const { begun, enter } = setUp();
  const leave = await enter('a', 'a1');
  await enter('a', 'a2');
  const exchange = exchangeOf();
  const refused = expect(enter('a', 'a3', exchange)).rejects.toMatchObject({ code: 'SlowDown' });
  exchange.end();
  await refused;
  expect(vi.getTimerCount()).toBe(0);
  leave();
  await enter('a', 'a4');
  expect(begun).toEqual(['a1', 'a2', 'a4']);
});
