import type { Log, LogRows } from '../store/logs/logs.ts';
import type { BlockStore } from './block-store.ts';
import { unpackText } from './block-text.ts';

/** A part of a log's text: about a megabyte at most. */
export interface LogSlice {
  log: Log;
  /** The first character from the wanted offset on; bytes from the start of the log. */
  startOffset: number;
  nextOffset: number;
  /** Line ends before the slice. */
  firstLine: number;
  bytes: Buffer;
  /** Pairs of an offset and the instant at which the text from there on was written. */
  times: [number, number][];
  /** Whether the log's text ends here. */
  isEnd: boolean;
}

interface Parts {
  logs: Pick<LogRows, 'parts'>;
  blocks: BlockStore | undefined;
}

/** Reads the text from `offset` on; undefined if there is no such log. */
export async function readSlice(id: string, offset: number, { logs, blocks }: Parts): Promise<LogSlice | undefined> {
  const found = await logs.parts(id, offset);
  if (!found) return undefined;
  const { log } = found;
  const stored = found.blocks.map(async ({ startOffset, firstLine, times, ...block }) => {
    // Without a place for blocks, those of an earlier setting can't be read.
    const bytes = await unpackText(await blocks?.get(log.account, block), block.sizeBytes);
    return { startOffset, firstLine, bytes, times: times.map(([at, instant]) => pair(startOffset + at, instant)) };
  });
  const recent = found.chunks.map(({ startOffset, firstLine, text, writtenAt }) => {
    return { startOffset, firstLine, bytes: Buffer.from(text), times: [pair(startOffset, writtenAt)] };
  });
  const parts = [...(await Promise.all(stored)), ...recent];
  const [first] = parts;
  if (!first) {
    const startOffset = Math.min(offset, log.bytes);
    return { log, startOffset, nextOffset: startOffset, firstLine: log.lines, bytes: none, times: [], isEnd: true };
  }
  const all = parts.length === 1 ? first.bytes : Buffer.concat(parts.map(({ bytes }) => bytes));
  const skipped = characterStart(all, Math.max(0, offset - first.startOffset));
  const nextOffset = first.startOffset + all.length;
  return {
    log,
    startOffset: first.startOffset + skipped,
    nextOffset,
    firstLine: first.firstLine + countLines(all.subarray(0, skipped)),
    bytes: all.subarray(skipped),
    times: parts.flatMap(({ times }) => times),
    isEnd: nextOffset >= log.bytes,
  };
}

const none = Buffer.alloc(0);

function pair(offset: number, instant: number): [number, number] {
  return [offset, instant];
}

/** Looks at each byte: finding one line feed after the other takes long where there are many. */
function countLines(bytes: Buffer): number {
  let lines = 0;
  for (const byte of bytes) if (byte === 10) lines += 1;
  return lines;
}

/** Returns the start of the next character if the position is inside one: its bytes but the first are 10xxxxxx. */
function characterStart(bytes: Buffer, position: number): number {
  let start = position;
  while (((bytes[start] ?? 0) & 0xc0) === 0x80) start += 1;
  return start;
}
