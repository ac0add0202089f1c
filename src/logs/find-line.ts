import type { LogRows } from '../store/logs/logs.ts';
import type { LogHome } from './log-home.ts';

/** Returns where a line begins, in bytes; the end of the log if it has fewer lines. Lines count from 0. */
export async function offsetOfLine(
  id: string,
  line: number,
  { logs, home }: { logs: Pick<LogRows, 'findLine'>; home: Pick<LogHome, 'read'> },
): Promise<number> {
  if (line <= 0) return 0;
  let { startOffset: offset, firstLine } = await logs.findLine(id, line);
  for (;;) {
    const slice = await home.read(id, offset);
    if (!slice) return 0;
    let begin = 0;
    while (firstLine < line && begin < slice.bytes.length) if (slice.bytes[begin++] === 10) firstLine += 1;
    if (firstLine === line) return slice.startOffset + begin;
    if (slice.isEnd) return slice.nextOffset;
    offset = slice.nextOffset;
  }
}

/** Returns where the first line begins whose text was written at an instant or later, or one before it. */
export async function offsetOfTime(
  id: string,
  at: number,
  { logs, home }: { logs: Pick<LogRows, 'findTime'>; home: Pick<LogHome, 'read'> },
): Promise<number> {
  const part = await logs.findTime(id, at);
  if (part <= 0) return 0;
  // A part may begin within a line, whose first part was written before.
  const slice = await home.read(id, part - 1);
  if (!slice) return 0;
  const end = slice.bytes.indexOf(10);
  return end < 0 ? slice.nextOffset : slice.startOffset + end + 1;
}
