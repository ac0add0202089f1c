import { expect, test } from 'vitest';
import { batchesOf, linesOf } from './log-lines.ts';
import type { LogSlice } from './read-slice.ts';
import { searchLog } from './search-log.ts';

function sliceOf(text: string, more: Partial<LogSlice> = {}): LogSlice {
  const bytes = Buffer.from(text);
  const log = { id: 'x' } as LogSlice['log'];
  const nextOffset = (more.startOffset ?? 0) + bytes.length;
  return { log, startOffset: 0, nextOffset, firstLine: 0, bytes, times: [[0, 7]], isEnd: true, ...more };
}

test('lines have their number, offset and instant, and no carriage return', () => {
  const slice = sliceOf('grüße\r\ntwo\nthr', {
    startOffset: 10,
    firstLine: 3,
    times: [
      [0, 1],
      [19, 2],
    ],
  });
  const first = { line: 3, offset: 10, at: 1, text: 'grüße' };
  const second = { line: 4, offset: 19, at: 2, text: 'two' };
  expect(linesOf(slice, { isEnded: false })).toEqual({ lines: [first, second], nextOffset: 23 });
  expect(linesOf(slice, { isEnded: true }).lines.at(-1)).toEqual({ line: 5, offset: 23, at: 2, text: 'thr' });
  expect(linesOf({ ...slice, isEnd: false }, { isEnded: true }).nextOffset).toBe(23);
});

test('a line that fills a slice is a line of its own', () => {
  expect(linesOf(sliceOf('x'.repeat(50), { isEnd: false }), { isEnded: false })).toMatchObject({ nextOffset: 50 });
});

test('a megabyte of line feeds is read in turns', async () => {
  const slice = sliceOf('\n'.repeat(1_000_000));
  let lines = 0;
  let last = 0;
  for await (const batch of batchesOf(slice, { isEnded: true })) {
    expect(batch.lines.length).toBeLessThanOrEqual(10_000);
    if (lines < 1_000_000) expect(batch.lines[0]).toMatchObject({ line: lines, offset: lines });
    lines += batch.lines.length;
    last = batch.nextOffset;
  }
  expect([lines, last]).toEqual([1_000_000, 1_000_000]);
});

test('a line that goes on behind a slice of many lines is left for the next one', async () => {
  const offsets: number[] = [];
  const slice = sliceOf(`${'\n'.repeat(10_000)}begun`, { isEnd: false });
  for await (const { lines, nextOffset } of batchesOf(slice, { isEnded: true })) offsets.push(lines.length, nextOffset);
  expect(offsets).toEqual([10_000, 10_000, 0, 10_000]);
});

test('a search ends at its limit, and goes on from there', async () => {
  const home = {
    read: async (_id: string, offset: number) => sliceOf('a\nb\na\n'.slice(offset), { startOffset: offset }),
  };
  const search = { id: 'x', offset: 0, limit: 1, isEnded: true, matches: ({ text }: { text: string }) => text === 'a' };
  const first = await searchLog(home, search);
  expect(first).toMatchObject({ lines: [{ offset: 0 }], nextOffset: 4 });
  expect(await searchLog(home, { ...search, offset: 4 })).toMatchObject({ lines: [{ offset: 4 }], endOffset: 6 });
});
