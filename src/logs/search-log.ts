import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LogHome } from './log-home.ts';
import { batchesOf, type LogLine } from './log-lines.ts';

/** What one search reads and finds at most, in bytes; the rest is for the next one. */
const mostReadBytes = 8 * 1024 * 1024;
const mostFoundBytes = 1024 * 1024;

export interface LogSearch {
  id: string;
  /** Where to begin: the start of a line. */
  offset: number;
  matches(line: LogLine): boolean;
  limit: number;
  /** Whether nothing more is written, so that the last line needs no end. */
  isEnded: boolean;
}

/** Lines that match; `nextOffset` is where to go on, absent if the log was searched to its end. */
export interface FoundLines {
  lines: LogLine[];
  nextOffset?: number;
  /** The end of what was searched. */
  endOffset: number;
}

/** Searches a log in turns of the event loop. */
export async function searchLog(home: Pick<LogHome, 'read'>, search: LogSearch): Promise<FoundLines> {
  const found: LogLine[] = [];
  let foundBytes = 0;
  let offset = search.offset;
  for (;;) {
    const slice = await home.read(search.id, offset);
    if (!slice) return { lines: found, endOffset: offset };
    for await (const { lines, nextOffset } of batchesOf(slice, search)) {
      for (const line of lines) {
        if (!search.matches(line)) continue;
        const isFull = found.length === search.limit || foundBytes > mostFoundBytes;
        if (isFull) return { lines: found, nextOffset: line.offset, endOffset: line.offset };
        found.push(line);
        foundBytes += line.text.length;
      }
      offset = nextOffset;
    }
    if (slice.isEnd) return { lines: found, endOffset: offset };
    if (offset - search.offset >= mostReadBytes) return { lines: found, nextOffset: offset, endOffset: offset };
    await nextTurn();
  }
}
