import { Duplex, PassThrough } from 'node:stream';
import { text } from 'node:stream/consumers';
import { afterEach, expect, test, vi } from 'vitest';
import { malformedOf, noTunnel, refuseConnection } from './protocol-errors.ts';

afterEach(() => void vi.useRealTimers());

const parserError = (code: string) => Object.assign(new Error('Parse Error'), { code });

test.each([
  ['HPE_HEADER_OVERFLOW', 431],
  ['ERR_HTTP_REQUEST_TIMEOUT', 408],
  ['HPE_INVALID_METHOD', 400],
  ['HPE_INVALID_CONTENT_LENGTH', 400],
])('%s is answered %d', (code, httpStatus) => {
  expect(malformedOf(parserError(code))).toMatchObject({ httpStatus });
});

test.each(['HPE_INVALID_EOF_STATE', 'ECONNRESET', 'ERR_SSL_WRONG_VERSION_NUMBER'])('%s is not answered', (code) => {
  expect(malformedOf(parserError(code))).toBeUndefined();
});

test('a refusal is a complete HTTP response that ends its connection', async () => {
  const socket = new PassThrough();
  refuseConnection(socket, noTunnel, 'r-1');
  const [head = '', body = ''] = (await text(socket)).split('\r\n\r\n');
  expect(head).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  expect(head).toContain('\r\nx-amzn-RequestId: r-1');
  expect(head).toContain('\r\nConnection: close');
  expect(head).toContain(`\r\nContent-Length: ${Buffer.byteLength(body)}`);
  expect(JSON.parse(body)).toEqual({ __type: 'MalformedRequestException', message: 'CONNECT is not served here.' });
});

test('the connection lasts until its client ends it, at most a second', async () => {
  vi.useFakeTimers();
  const [polite, stubborn] = [clientThatStays(), clientThatStays()];
  for (const socket of [polite, stubborn]) refuseConnection(socket, noTunnel, 'r-1');
  await vi.advanceTimersByTimeAsync(999);
  expect([polite.destroyed, stubborn.destroyed]).toEqual([false, false]);
  polite.push(null);
  await vi.advanceTimersByTimeAsync(0);
  expect([polite.destroyed, stubborn.destroyed]).toEqual([true, false]);
  await vi.advanceTimersByTimeAsync(1);
  expect(stubborn.destroyed).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
});

/** Returns the server's end of a connection whose client reads everything and keeps its side open. */
function clientThatStays(): Duplex {
  return new Duplex({ read: () => undefined, write: (_chunk, _encoding, done) => done() });
}
