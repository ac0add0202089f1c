import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { createRequestIds, openExchange } from './exchange.ts';

/** Opens the exchange of a request for `url`. */
function setUp(url: string | undefined = '/', { expectsContinue = false } = {}) {
  let continued = 0;
  const writeContinue = () => {
    continued += 1;
  };
  const response = Object.assign(new PassThrough(), { writeContinue });
  const exchange = openExchange(
    { url } as IncomingMessage,
    response as unknown as ServerResponse,
    'id',
    expectsContinue,
  );
  return { exchange, response, continued: () => continued };
}

test.each([
  ['/', '/', ''],
  ['/a/b?c=d&e', '/a/b', 'c=d&e'],
  ['/a%2Fb?x=%3F?y', '/a%2Fb', 'x=%3F?y'],
  ['//host/a', '//host/a', ''],
  ['http://proxy.example:7090/a?b', '/a', 'b'],
  ['HTTPS://proxy.example', '/', ''],
  ['http://proxy.example?b', '/', 'b'],
  ['?b', '/', 'b'],
  ['*', '*', ''],
  ['', '/', ''],
])('the target %j is the path %j with the query %j', (target, path, query) => {
  expect(setUp(target).exchange).toMatchObject({ path, query });
});

test('a client that waits for 100 Continue gets it once, others never', () => {
  const waiting = setUp('/', { expectsContinue: true });
  expect(waiting.exchange.isBodyHeldBack()).toBe(true);
  waiting.exchange.continueOnce();
  waiting.exchange.continueOnce();
  expect(waiting.exchange.isBodyHeldBack()).toBe(false);
  expect(waiting.continued()).toBe(1);
  const other = setUp();
  other.exchange.continueOnce();
  expect(other.continued()).toBe(0);
});

describe('the end of an exchange', () => {
  test('calls each listener once, in order, except for removed ones', () => {
    const { exchange } = setUp();
    const called: string[] = [];
    const [first, second, third] = ['first', 'second', 'third'].map((name) => () => void called.push(name));
    for (const listener of [first, second, third]) if (listener) exchange.whenOver(listener);
    if (second) exchange.whenOverNoMore(second);
    exchange.end();
    exchange.end();
    expect(called).toEqual(['first', 'third']);
    expect(exchange.isOver()).toBe(true);
  });

  test('calls a later listener immediately', () => {
    const { exchange } = setUp();
    exchange.end();
    let isCalled = false;
    exchange.whenOver(() => {
      isCalled = true;
    });
    expect(isCalled).toBe(true);
  });

  test('comes when the response closes', async () => {
    const { exchange, response } = setUp();
    response.destroy();
    await new Promise<void>((resolve) => exchange.whenOver(resolve));
    expect(exchange.isOver()).toBe(true);
  });
});

test('ids are unique UUIDs, in one process and in two', () => {
  const makers = [createRequestIds(randomUUID), createRequestIds(randomUUID)];
  const ids = makers.flatMap((next) => Array.from({ length: 1000 }, next));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/);
  expect(new Set(ids).size).toBe(2000);
});
