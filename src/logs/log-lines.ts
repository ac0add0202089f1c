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
}

const lineFeed = 10;

/**
 * Splits a slice that begins with a line. A line that goes on behind the slice is left for the next one, unless it fills the
 * slice; so is one at the end of a log that may still grow.
 */
export function linesOf(slice: LogSlice, { isEnded }: { isEnded: boolean }): LinesOfSlice {
  const { bytes, startOffset, times } = slice;
  const lines: LogLine[] = [];
  let begin = 0;
  let time = 0;
  const add = (end: number): void => {
    const offset = startOffset + begin;
    while ((times[time + 1]?.[0] ?? Number.POSITIVE_INFINITY) <= offset) time += 1;
    const text = bytes.toString('utf8', begin, end).replace(/\r$/, '');
    lines.push({ line: slice.firstLine + lines.length, offset, at: times[time]?.[1] ?? 0, text });
  };
  for (let end = bytes.indexOf(lineFeed); end >= 0; end = bytes.indexOf(lineFeed, begin)) {
    add(end);
    begin = end + 1;
  }
  const isRestWanted = slice.isEnd ? isEnded : lines.length === 0;
  if (begin < bytes.length && isRestWanted) {
    add(bytes.length);
    begin = bytes.length;
  }
  return { lines, nextOffset: startOffset + begin };
}
