import { expect, test } from 'vitest';
import { createLogSender, type LogChunk } from './send-log.ts';

/** A log that is cut at `limit` bytes. */
function createLog({ limit = Number.POSITIVE_INFINITY, start = '' } = {}) {
  let text = start;
  const chunks: LogChunk[] = [];
  let gate: Promise<void> = Promise.resolve();
  return {
    chunks,
    text: () => text,
    hold(until: Promise<void>) {
      gate = until;
    },
    async put(chunk: LogChunk) {
      await gate;
      chunks.push(chunk);
      if (chunk.offset === undefined || chunk.offset === text.length) text += chunk.text;
      return { nextOffset: text.length, isCut: text.length > limit };
    },
  };
}

test('lines arrive whole and in order, after those of an attempt before', async () => {
  const log = createLog({ start: 'before\n' });
  const sender = createLogSender(log.put);
  await sender.write(['one', 'two\0']);
  await sender.write(['three']);
  await sender.close();
  expect(log.text()).toBe('before\none\ntwo\nthree\n');
});

test('much output goes in calls of at most 64 KiB, a longer line in pieces', async () => {
  const log = createLog();
  const sender = createLogSender(log.put);
  await sender.write([`${'é'.repeat(50_000)}`, ...Array.from({ length: 3000 }, (_, index) => `line ${index} of many`)]);
  await sender.close();
  for (const { text } of log.chunks) expect(Buffer.byteLength(text)).toBeLessThanOrEqual(64 * 1024);
  expect(log.chunks.length).toBeGreaterThan(2);
  expect(log.text().replaceAll('\n', '')).toContain(`${'é'.repeat(50_000)}line 0 of many`);
});

test('writers wait while the server is slow', async () => {
  const log = createLog();
  let open: () => void = () => undefined;
  log.hold(new Promise((resolve) => (open = resolve)));
  const sender = createLogSender(log.put);
  let written = 0;
  const writing = (async () => {
    for (; written < 5; written += 1)
      await sender.write([`${'x'.repeat(15_000)}`, ...Array(29).fill('y'.repeat(15_000))]);
  })();
  await new Promise((resolve) => setImmediate(resolve));
  expect(written).toBeLessThan(5);
  open();
  await writing;
  await sender.close();
  expect(log.text().length).toBe(5 * 30 * 15_001);
});

test('a log that is cut gets its last lines, and how much is missing before them', async () => {
  const log = createLog({ limit: 100 });
  const sender = createLogSender(log.put);
  await sender.write(['a'.repeat(200)]);
  for (let index = 0; index < 20; index += 1) await sender.write(Array(10).fill(`${index} ${'b'.repeat(1000)}`));
  await sender.write(['the last line']);
  await sender.close();
  const last = log.chunks.at(-1);
  expect(last?.text.endsWith('the last line\n')).toBe(true);
  const sent = log.chunks.slice(0, -1).reduce((bytes, { text }) => bytes + text.length, 0);
  const all = 201 + 20 * 10 * 1001 + 200 + 10 * 2 * 10 + 14;
  expect(sent + (last?.omittedBytes ?? 0) + (last?.text.length ?? 0)).toBeGreaterThan(all - 500);
  expect(last?.omittedBytes).toBeGreaterThan(0);
});

test('what can not be sent is dropped, and nobody waits for it', async () => {
  const sender = createLogSender(async () => {
    throw new Error('lost');
  });
  for (let index = 0; index < 100; index += 1) await sender.write(['x'.repeat(60_000)]);
  await sender.close();
});
