import { PassThrough } from 'node:stream';
import { describe, expect, test } from 'vitest';
import { Turns } from './turns.ts';

/** Returns turns, and the names of the requests that have begun. */
function setUp() {
  const turns = new Turns();
  const begun: string[] = [];
  const take = (socket: PassThrough, name: string, isWhole = true) =>
    turns.take(socket, { isWhole: () => isWhole, begin: () => void begun.push(name) });
  return { turns, begun, take };
}

/** Waits until callbacks of the next tick have run. */
const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

describe('requests of one connection', () => {
  test('begin one at a time, in the order in which they came', () => {
    const { turns, begun, take } = setUp();
    const socket = new PassThrough();
    for (const name of ['first', 'second', 'third']) take(socket, name);
    expect(begun).toEqual(['first']);
    turns.pass(socket);
    expect(begun).toEqual(['first', 'second']);
    turns.pass(socket);
    turns.pass(socket);
    take(socket, 'fourth');
    expect(begun).toEqual(['first', 'second', 'third', 'fourth']);
  });

  test('do not wait for those of another connection', () => {
    const { begun, take } = setUp();
    take(new PassThrough(), 'one');
    take(new PassThrough(), 'other');
    expect(begun).toEqual(['one', 'other']);
  });

  test.each(['destroy', 'end'] as const)('never begin after the %s of their connection', (ending) => {
    const { turns, begun, take } = setUp();
    const socket = new PassThrough();
    take(socket, 'first');
    take(socket, 'second');
    socket[ending]();
    turns.pass(socket);
    expect(begun).toEqual(['first']);
  });

  test('never begin once they are forgotten', () => {
    const { turns, begun, take } = setUp();
    const socket = new PassThrough();
    take(socket, 'first');
    take(socket, 'second');
    turns.forget(socket);
    turns.pass(socket);
    expect(begun).toEqual(['first']);
  });
});

describe('a connection that pipelines', () => {
  test('is not read while 128 requests wait, and is again when fewer do', async () => {
    const { turns, take } = setUp();
    const socket = new PassThrough();
    socket.resume();
    for (let count = 0; count < 128; count += 1) take(socket, 'request');
    await nextTurn();
    expect(socket.isPaused()).toBe(false);
    take(socket, 'one more');
    await nextTurn();
    expect(socket.isPaused()).toBe(true);
    turns.pass(socket);
    expect(socket.isPaused()).toBe(false);
  });

  test('is cut when more than 512 wait', () => {
    const { take } = setUp();
    const socket = new PassThrough();
    for (let count = 0; count <= 512; count += 1) take(socket, 'request');
    expect(socket.destroyed).toBe(false);
    take(socket, 'one too many');
    expect(socket.destroyed).toBe(true);
  });

  test('is cut earlier if others pipeline, but not once their requests are dropped', () => {
    const { turns, take } = setUp();
    const others = Array.from({ length: 16 }, () => new PassThrough());
    for (const other of others) for (let count = 0; count <= 512; count += 1) take(other, 'request');
    const socket = new PassThrough();
    take(socket, 'running');
    take(socket, 'waiting');
    expect(socket.destroyed).toBe(true);
    for (const other of others) turns.forget(other);
    const late = new PassThrough();
    take(late, 'running');
    take(late, 'waiting');
    expect(late.destroyed).toBe(false);
  });
});

describe('an idle connection', () => {
  test('has no running or waiting requests', () => {
    const { turns, take } = setUp();
    const socket = new PassThrough();
    const idle: string[] = [];
    turns.whenIdle(socket, () => idle.push('before'));
    take(socket, 'first');
    take(socket, 'second');
    turns.whenIdle(socket, () => idle.push('after'));
    turns.pass(socket);
    expect(idle).toEqual(['before']);
    turns.pass(socket);
    expect(idle).toEqual(['before', 'after']);
  });

  test('does not wait for an incomplete request', () => {
    const { turns, begun, take } = setUp();
    const socket = new PassThrough();
    let isIdle = false;
    take(socket, 'first');
    take(socket, 'half', false);
    take(socket, 'whole');
    turns.whenIdle(socket, () => {
      isIdle = true;
    });
    turns.pass(socket);
    turns.pass(socket);
    expect(begun).toEqual(['first', 'whole']);
    expect(isIdle).toBe(true);
  });
});
