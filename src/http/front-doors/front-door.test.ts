import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { afterEach, expect, test } from 'vitest';
import { openRawSocket } from '../../../test/support/requests/raw-socket.ts';
import { type Answer, type Exchange, openExchange } from '../exchange.ts';
import { type FrontDoor, serve, signedHeaders } from './front-door.ts';

let server: Server | undefined;
afterEach(() => {
  server?.closeAllConnections();
  server?.close();
});

/** Serves one front door with the given members, and records exchanges and faults. */
async function setUp(door: Partial<FrontDoor<string>>) {
  const exchanges: Exchange[] = [];
  const faults: unknown[] = [];
  const whole: FrontDoor<string> = {
    name: 'own',
    matches: () => true,
    authenticate: async () => 'alice',
    perform: async () => text(200, 'done'),
    refuse: (error) => text(400, String(error)),
    ...door,
  };
  const listening = createServer((request, response) => {
    const exchange = openExchange(request, response, 'r-1', false);
    exchanges.push(exchange);
    void serve(exchange, whole, (fault) => {
      faults.push(fault);
      exchange.cut();
    });
  });
  server = listening;
  await new Promise<void>((resolve) => listening.listen(0, '127.0.0.1', resolve));
  const socket = await openRawSocket(`http://127.0.0.1:${(listening.address() as AddressInfo).port}`);
  return { exchanges, faults, socket };
}

const text = (status: number, body: string): Answer => ({ status, headers: {}, body });
const get = 'GET / HTTP/1.1\r\nHost: mill\r\n\r\n';

test('a call is performed for the sender that was authenticated, and its connection stays open', async () => {
  const { socket, exchanges } = await setUp({ perform: async (sender) => text(200, `hello ${sender}`) });
  socket.send(get);
  const head = await socket.receive(/\r\n\r\nhello alice$/);
  expect(head).toMatch(/^HTTP\/1\.1 200 .*\r\nContent-Length: 11\r\n/s);
  expect(head).not.toMatch(/Connection: close/i);
  await expect.poll(() => exchanges[0]?.sentStatus()).toBe(200);
  expect(exchanges[0]?.record.service).toBe('own');
});

test.each(['authenticate', 'perform'] as const)('an error of %s is refused by the same door', async (step) => {
  const { socket } = await setUp({ [step]: () => Promise.reject(new Error('no')) });
  socket.send(get);
  await socket.receive(/^HTTP\/1\.1 400 .*\r\n\r\nError: no$/s);
});

test('a refusal that fails is reported', async () => {
  const fault = new Error('no refusal either');
  const { socket, faults } = await setUp({
    perform: () => Promise.reject(new Error('no')),
    refuse: () => {
      throw fault;
    },
  });
  socket.send(get);
  await socket.ended();
  expect(faults).toEqual([fault]);
});

test('a refusal reaches a client that is still sending, and ends its connection', async () => {
  const { socket } = await setUp({ authenticate: () => Promise.reject(new Error('no')) });
  socket.send('POST / HTTP/1.1\r\nHost: mill\r\nContent-Length: 10\r\n\r\n01234');
  await socket.receive(/\r\nConnection: close\r\n.*Error: no$/is);
  socket.send('56789');
  expect(await socket.ended()).toMatch(/^HTTP\/1\.1 400 /);
});

test('an error after the client has gone is not refused', async () => {
  let fail: ((error: Error) => void) | undefined;
  let refusals = 0;
  const { socket, exchanges } = await setUp({
    perform: () => new Promise((_, reject) => (fail = reject)),
    refuse: () => {
      refusals += 1;
      return text(500, '');
    },
  });
  socket.send(get);
  await expect.poll(() => fail).toBeDefined();
  socket.close();
  await expect.poll(() => exchanges[0]?.isOver()).toBe(true);
  fail?.(new Error('the body broke off'));
  await new Promise((resolve) => setImmediate(resolve));
  expect(refusals).toBe(0);
});

test('a stream is sent as it comes', async () => {
  const stream = new Readable({ read() {} });
  const { socket } = await setUp({ perform: async () => ({ status: 200, headers: {}, body: stream }) });
  socket.send(get);
  stream.push('one');
  await socket.receive(/\r\n\r\n3\r\none\r\n$/);
  stream.push('two');
  stream.push(null);
  await socket.receive(/one\r\n3\r\ntwo\r\n0\r\n\r\n$/);
});

test('a stream that fails cuts its answer short, and its error is reported', async () => {
  const failures: unknown[] = [];
  const stream = new Readable({ read() {} });
  const onFailure = (error: unknown) => void failures.push(error);
  const { socket } = await setUp({ perform: async () => ({ status: 200, headers: {}, body: stream, onFailure }) });
  socket.send(get);
  stream.push('one');
  await socket.receive(/one/);
  stream.destroy(new Error('damaged'));
  expect(await socket.ended()).not.toMatch(/0\r\n\r\n$/);
  expect(failures).toEqual([new Error('damaged')]);
});

test('a stream is closed when its client goes, which is no failure', async () => {
  const failures: unknown[] = [];
  const stream = new Readable({ read() {} });
  const onFailure = (error: unknown) => void failures.push(error);
  const { socket } = await setUp({ perform: async () => ({ status: 200, headers: {}, body: stream, onFailure }) });
  socket.send(get);
  stream.push('one');
  await socket.receive(/one/);
  socket.close();
  await expect.poll(() => stream.destroyed).toBe(true);
  expect(failures).toEqual([]);
});

test('a stream for a client that has gone is closed unread', async () => {
  let finish: ((answer: Answer) => void) | undefined;
  const stream = new Readable({ read() {} });
  const { socket, exchanges } = await setUp({ perform: () => new Promise((resolve) => (finish = resolve)) });
  socket.send(get);
  await expect.poll(() => finish).toBeDefined();
  socket.close();
  await expect.poll(() => exchanges[0]?.isOver()).toBe(true);
  finish?.({ status: 200, headers: {}, body: stream });
  await expect.poll(() => stream.destroyed).toBe(true);
});

test('a header that came twice is signed with both of its values', () => {
  const once = { headers: { host: 'h' }, rawHeaders: ['Host', 'h'], headersDistinct: { host: ['h'] } };
  expect(signedHeaders(once as unknown as IncomingMessage)).toEqual({ host: 'h' });
  const twice = {
    headers: { host: 'h' },
    rawHeaders: ['Host', 'h', 'Host', 'i'],
    headersDistinct: { host: ['h', 'i'] },
  };
  expect(signedHeaders(twice as unknown as IncomingMessage)).toEqual({ host: ['h', 'i'] });
});
