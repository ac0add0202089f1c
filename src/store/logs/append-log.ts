import type { Statements } from '../database.ts';
import { requestWork } from '../due-work.ts';
import type { LogEnd, LogName, LogWrite, TextMark } from './log-model.ts';
import { findLogRow, type LogRow } from './log-rows.ts';

/** The due work that makes blocks of idle logs; its key is the id of the log. */
export const logBlocksKind = 'log-blocks';

/** How long a log is idle before all of it becomes a block. */
export const idleLogMs = 60 * 60 * 1000;

/** The last chunk is extended while it is shorter and younger than this, so that single lines don't each take a row. */
const shortChunkBytes = 4096;
const sameTimeMs = 1000;

/** Marks per log: a build with more of them prints lines that look like ours. */
const mostMarks = 1000;

const bytesPerMebibyte = 1024 * 1024;

/**
 * Appends to a log, and creates it first if necessary; up to `limitBytes` in all, then a line that says so. An `offset`
 * that is not the end of the log changes nothing: an earlier call has appended the text. The returned end counts what is
 * held back, and grows with every text. The caller has locked what writes the log, so that of two writers each appends
 * after the other.
 */
export async function appendLog(sql: Statements, write: LogWrite): Promise<LogEnd> {
  const row = (await findLogRow(sql, write.log.id)) ?? emptyRow(write);
  const isLast = write.omittedBytes !== undefined;
  const isRefused = row.is_closed === 1 || (row.is_cut === 1) !== isLast;
  const isRepeated = (write.offset ?? row.next_offset) !== row.next_offset;
  if (write.text === '' || isRefused || isRepeated) return { nextOffset: row.next_offset, isCut: row.is_cut === 1 };
  const { text, held, heldBytes } = write.holdBack?.(write.text, row.held ?? undefined) ?? {
    text: write.text,
    held: undefined,
    heldBytes: 0,
  };
  const fitted = isLast
    ? { text: `${omittedNotice((write.omittedBytes ?? 0) + row.cut_bytes)}${text}`, isCut: true, cutBytes: 0 }
    : fitText(text, write, row.text_bytes);
  const appended = { ...write, ...fitted };
  await addText(sql, row, appended);
  const marks = isLast ? 0 : await addMarks(sql, row, appended);
  const textBytes = row.text_bytes + Buffer.byteLength(fitted.text);
  // Grows even if a mask is shorter than what was held back: a repeated call must not match its offset again.
  const wasHeld = row.held !== null || row.next_offset > row.text_bytes;
  const isHeld = !fitted.isCut && (wasHeld || held !== undefined);
  const nextOffset = isHeld ? Math.max(row.next_offset + 1, textBytes + heldBytes) : textBytes;
  await saveEnd(sql, row, {
    textBytes,
    nextOffset,
    lines: row.lines + countLines(fitted.text),
    held: fitted.isCut ? null : (held ?? null),
    isCut: fitted.isCut,
    cutBytes: row.cut_bytes + fitted.cutBytes,
    isClosed: fitted.isCut && (isLast || !write.hasLastLines),
    marks: row.marks + marks,
    at: write.at,
  });
  return { nextOffset, isCut: fitted.isCut };
}

function emptyRow({ log, at }: LogWrite): LogRow & { isNew: true } {
  return {
    ...{ id: log.id, account: log.account, region: log.region, log_group: log.group, log_stream: log.stream },
    ...{ created_at: at, last_written_at: at, text_bytes: 0, lines: 0, block_bytes: 0, next_offset: 0 },
    ...{ held: null, is_cut: 0, is_closed: 0, cut_bytes: 0, marks: 0, isNew: true },
  };
}

/** Cuts a text that would make the log too long, and adds a line that says so. */
function fitText(text: string, { limitBytes, hasLastLines }: LogWrite, textBytes: number) {
  const kept = cutToBytes(text, limitBytes - textBytes);
  if (kept.length === text.length) return { text, isCut: false, cutBytes: 0 };
  const limit = `${limitBytes / bytesPerMebibyte} MiB`;
  const notice = hasLastLines
    ? `[The log is cut here: it may have ${limit}. Its last lines follow when it has ended.]`
    : `[The log ends here: a job may write ${limit}.]`;
  return { text: `${kept}\n${notice}\n`, isCut: true, cutBytes: Buffer.byteLength(text) - Buffer.byteLength(kept) };
}

function omittedNotice(bytes: number): string {
  return `[${bytes} bytes are missing here.]\n`;
}

async function addText(
  sql: Statements,
  row: LogRow,
  { text, log, at, isSealed }: { text: string; log: LogName; at: number; isSealed: boolean },
): Promise<void> {
  if (text === '') return;
  const last = await sql.get<{ start_offset: number; size_bytes: number; written_at: number }>(
    'select start_offset, size_bytes, written_at from log_chunks where log_id = ? order by start_offset desc limit 1',
    log.id,
  );
  const bytes = Buffer.byteLength(text);
  if (last && last.size_bytes < shortChunkBytes && Math.abs(at - last.written_at) < sameTimeMs) {
    await sql.run(
      'update log_chunks set text = text || ?, size_bytes = size_bytes + ? where log_id = ? and start_offset = ?',
      text,
      bytes,
      log.id,
      last.start_offset,
    );
    return;
  }
  await sql.run(
    'insert into log_chunks (log_id, start_offset, text, size_bytes, first_line, written_at) values (?, ?, ?, ?, ?, ?)',
    log.id,
    row.text_bytes,
    text,
    bytes,
    row.lines,
    at,
  );
  if (isSealed && row.text_bytes === row.block_bytes) await requestWork(sql, logBlocksKind, log.id, at + idleLogMs);
}

/** Adds the marks of a text that are left after a cut, and returns their number. */
async function addMarks(
  sql: Statements,
  row: LogRow,
  { text, log, marks = [] }: { text: string; log: LogName; marks?: TextMark[] },
): Promise<number> {
  const bytes = Buffer.byteLength(text);
  const added = marks.filter(({ offset }) => offset < bytes).slice(0, mostMarks - row.marks);
  for (const { kind, name, offset, line } of added) {
    await sql.run(
      'insert into log_marks (log_id, start_offset, line, kind, name) values (?, ?, ?, ?, ?)',
      log.id,
      row.text_bytes + offset,
      row.lines + line,
      kind,
      name,
    );
  }
  return added.length;
}

interface SavedEnd {
  textBytes: number;
  nextOffset: number;
  lines: number;
  held: string | null;
  isCut: boolean;
  cutBytes: number;
  isClosed: boolean;
  marks: number;
  at: number;
}

async function saveEnd(sql: Statements, row: LogRow, end: SavedEnd): Promise<void> {
  const { textBytes, nextOffset, lines, held, marks, at } = end;
  const flags = [end.isCut ? 1 : 0, end.isClosed ? 1 : 0, end.cutBytes] as const;
  if (!('isNew' in row)) {
    await sql.run(
      `update logs set last_written_at = ?, text_bytes = ?, lines = ?, next_offset = ?, held = ?, is_cut = ?,
         is_closed = ?, cut_bytes = ?, marks = ? where id = ?`,
      ...[at, textBytes, lines, nextOffset, held, ...flags, marks, row.id],
    );
    return;
  }
  await sql.run(
    `insert into logs (id, account, region, log_group, log_stream, created_at, last_written_at, text_bytes, lines,
       next_offset, held, is_cut, is_closed, cut_bytes, marks) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[row.id, row.account, row.region, row.log_group, row.log_stream, at, at],
    ...[textBytes, lines, nextOffset, held, ...flags, marks],
  );
  await sql.run(
    'insert into log_groups (account, region, name, created_at) values (?, ?, ?, ?) on conflict do nothing',
    ...[row.account, row.region, row.log_group, at],
  );
}

function countLines(text: string): number {
  let lines = 0;
  for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) lines += 1;
  return lines;
}

/** Returns the longest prefix with at most this many bytes that ends between characters. */
function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = Math.max(0, most);
  // In UTF-8 all bytes of a character but the first are 10xxxxxx.
  while (end > 0 && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.subarray(0, end).toString();
}
