import { expect, test } from 'vitest';
import { createLogStream, type LogOutput } from './log-stream.ts';

/** An output whose writes the test completes. */
function setUp({ takesMany = false, maxHeldBytes = 20 } = {}) {
  const written: string[] = [];
  const ends: ((error?: Error) => void)[] = [];
  const output: LogOutput = {
    takesMany,
    write(bytes, done) {
      written.push(String(bytes));
      ends.push(done);
    },
    writeLast: (bytes) => void written.push(`last ${String(bytes)}`),
  };
  const stream = createLogStream(output, { maxHeldBytes });
  return { stream, written, end: (error?: Error) => ends.shift()?.(error) };
}

test('lines wait for a pending write and are written together', () => {
  const { stream, written, end } = setUp();
  for (const line of ['one\n', 'two\n', 'three\n']) stream.write(line);
  expect(written).toEqual(['one\n']);
  end();
  expect(written).toEqual(['one\n', 'two\nthree\n']);
});

test('lines that do not fit are dropped, counted and reported by the next line that is written', () => {
  const { stream, written, end } = setUp();
  stream.write('0123456789\n');
  stream.write('x'.repeat(10));
  stream.write('y'.repeat(10));
  expect(stream.countDropped()).toBe(2);
  end();
  expect(written.at(-1)).toMatch(/^\{"level":40,"time":\d+,"dropped":2,"msg":"log lines were lost/);
  end();
  stream.write('on\n');
  expect(written.at(-1)).toBe('on\n');
});

test('lines whose write fails are lost and counted, and the next ones are attempted', () => {
  const { stream, written, end } = setUp();
  stream.write('one\n');
  stream.write('two\n');
  end(new Error('no room'));
  expect([stream.countDropped(), written]).toEqual([1, ['one\n', 'two\n']]);
  end();
  expect(written.at(-1)).toContain('"dropped":1');
});

test('a flush ends with the last write, or after its timeout', async () => {
  const { stream, end } = setUp();
  await stream.flush(60_000);
  stream.write('one\n');
  const flushed = stream.flush(60_000);
  end();
  await flushed;
  stream.write('two\n');
  await stream.flush(1);
});

test('pending lines are written synchronously when the process ends', () => {
  const { stream, written } = setUp();
  stream.write('one\n');
  stream.write('two\n');
  stream.end();
  expect(written).toEqual(['one\n', 'last two\n']);
});
