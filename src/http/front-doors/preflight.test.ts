import type { IncomingMessage, ServerResponse } from 'node:http';
import { expect, test } from 'vitest';
import { openExchange } from '../exchange.ts';
import { serve } from './front-door.ts';
import { crossOriginHeaders } from './json-answer.ts';
import { preflightDoor } from './preflight.ts';

const { matches: isPreflight } = preflightDoor;

const fail = (error: unknown) => {
  throw error;
};

/** Returns the exchange of a browser's preflight with the given differences, and its answer. */
function setUp({
  method = 'OPTIONS',
  url = '/',
  headers = {},
}: {
  method?: string;
  url?: string;
  headers?: object;
} = {}) {
  const answer: { status?: number; headers?: Record<string, string>; body?: string } = {};
  const response = {
    on: () => undefined,
    writeHead: (status: number, sent: Record<string, string>) => Object.assign(answer, { status, headers: sent }),
    end: (body: string) => Object.assign(answer, { body }),
  };
  const request = { method, url, headers, complete: true } as IncomingMessage;
  return { exchange: openExchange(request, response as unknown as ServerResponse, 'r-1', false), answer };
}

test('only an unsigned OPTIONS of the root is a preflight', () => {
  expect(isPreflight(setUp().exchange)).toBe(true);
  expect(isPreflight(setUp({ url: '/?x' }).exchange)).toBe(true);
  expect(isPreflight(setUp({ method: 'POST' }).exchange)).toBe(false);
  expect(isPreflight(setUp({ url: '/bucket' }).exchange)).toBe(false);
  expect(isPreflight(setUp({ headers: { authorization: 'AWS4-HMAC-SHA256 …' } }).exchange)).toBe(false);
});

test('a page of any origin may send the headers it asks for, but no cookies', async () => {
  const asked = 'authorization,x-amz-target';
  const { exchange, answer } = setUp({ headers: { 'access-control-request-headers': asked } });
  await serve(exchange, preflightDoor, fail);
  expect(answer).toMatchObject({
    status: 200,
    body: '',
    headers: {
      'Access-Control-Allow-Origin': '*',
      'Access-Control-Allow-Headers': asked,
      'Access-Control-Allow-Methods': 'POST',
      'x-amzn-RequestId': 'r-1',
      'Content-Length': '0',
    },
  });
  expect(answer.headers).not.toHaveProperty('Access-Control-Allow-Credentials');
});

test('headers are allowed only on request', async () => {
  const { exchange, answer } = setUp();
  await serve(exchange, preflightDoor, fail);
  expect(answer.headers).not.toHaveProperty('Access-Control-Allow-Headers');
});

test('an answer allows origins only for a browser', () => {
  expect(crossOriginHeaders(setUp().exchange)).toEqual({});
  const { exchange } = setUp({ headers: { origin: 'https://page.example' } });
  expect(crossOriginHeaders(exchange)).toMatchObject({ 'Access-Control-Allow-Origin': '*' });
});
