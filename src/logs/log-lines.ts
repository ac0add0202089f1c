import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogSlice } from './read-slice.ts';

/** A line of a log. */
export interface LogLine {
  /** Counts from 0. */
  line: number;
  /** Where it begins, in bytes. */
  offset: number;
  /** When the text with its first byte was written, in ms. */
  at: number;
  text: string;
}

/** Lines, and where the next one begins. */
export interface LinesOfSlice {
  lines: LogLine[];
  nextOffset: number;
  /** What follows the lines, if there were too many for one turn of the event loop. */
  rest?: LogSlice;
}

interface LineOptions {
  /** Whether nothing more is written to the log. */
  isEnded: boolean;
  /** Whether the slice is what was left of another one. */
  isRest?: boolean;
}

const lineFeed = 10;

/** A slice of nothing but line feeds has a million lines. */
const linesAtOnce = 10_000;

/**
 * Splits a slice that begins with a line. A line that goes on behind the slice is left for the next one, unless it fills the
 * slice; so is one at the end of a log that may still grow.
 */
export function linesOf(slice: LogSlice, { isEnded, isRest = false }: LineOptions): LinesOfSlice {
  const { bytes, startOffset, firstLine, times } = slice;
  const lines: LogLine[] = [];
  let begin = 0;
  let time = 0;
  const add = (end: number): void => {
    const offset = startOffset + begin;
    while ((times[time + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= offset) time += 1;
    const text = bytes.toString('utf8', begin, end).replace(/\r$/, '');
    lines.push({ line: firstLine + lines.length, offset, at: times[time]?.[1] ?? 0, text });
  };
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, begin)) {
    add(end);
    begin = end + 1;
    if (lines.length === linesAtOnce) break;
  }
  if (lines.length === linesAtOnce) {
    const place = { startOffset: startOffset + begin, firstLine: firstLine + lines.length };
    return { lines, nextOffset: place.startOffset, rest: { ...slice, ...place, bytes: bytes.subarray(begin) } };
  }
  const isRestWanted = slice.isEnd ? isEnded : lines.length === 0 && !isRest;
  if (begin < bytes.length && isRestWanted) {
    add(bytes.length);
    begin = bytes.length;
  }
  return { lines, nextOffset: startOffset + begin };
}

/** The same in turns of the event loop, with the lines and where the next one begins. */
export async function* batchesOf(slice: LogSlice, options: { isEnded: boolean }): AsyncGenerator<LinesOfSlice> {
  for (let rest: LogSlice | undefined = slice; rest; ) {
    const batch: LinesOfSlice = linesOf(rest, { ...options, isRest: rest !== slice });
    yield batch;
    rest = batch.rest;
    if (rest) await nextTurn();
  }
}
