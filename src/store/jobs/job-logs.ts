import { bind, type Database, type Statements } from '../database.ts';
import type { Notifications } from '../notifications.ts';

/** The logs that workers write. Offsets count bytes of UTF-8. */
export function jobLogRows(database: Database, notifications: Notifications) {
  return {
    async append(jobId: string, write: LogWrite): Promise<LogEnd | undefined> {
      const end = await database.write((sql) => appendJobLog(sql, jobId, write));
      notifications.wake([logWake(jobId)]);
      return end;
    },
    ...bind(database, 'read', { read: readJobLog }),
  };
}

/** Returns the name to notify when the log of a job has grown or is complete. */
export function logWake(jobId: string): string {
  return `log of ${jobId}`;
}

/** Where a log ends; `isCut` once it has reached its limit and takes no more. */
export interface LogEnd {
  nextOffset: number;
  isCut: boolean;
}

/** A text to append to a log. */
export interface LogWrite {
  /** Where the log ends, as far as the writer knows. */
  offset?: number;
  text: string;
  limitBytes: number;
  /**
   * Decides, in the transaction that appends, which part of the text becomes readable, given what an earlier call held
   * back. Without it all of the text does.
   */
  holdBack?: (text: string, held: string | undefined) => HeldWrite;
}

/** What becomes readable, what is held back for the next call (opaque here), and for how many bytes that stands. */
export interface HeldWrite {
  text: string;
  held?: string;
  heldBytes: number;
}

/** The last chunk is extended while it is shorter than this, so that a worker that sends single lines doesn't fill a row with each. */
const shortChunkBytes = 4096;

/** Chunks per read: about a megabyte, as a chunk has at most a little more than 64 KiB. */
const chunksAtOnce = 16;

const bytesPerMebibyte = 1024 * 1024;

interface ChunkRow {
  start_offset: number;
  text: string;
  size_bytes: number;
  is_cut: number;
}

type LastChunk = Omit<ChunkRow, 'text'>;

interface EndRow {
  next_offset: number;
  held: string | null;
}

/**
 * Appends to the log of a job in progress, up to `limitBytes` in all, then a last line that says so. An `offset` that is
 * not the end of the log changes nothing: an earlier call has appended the text. Returns undefined if the job is not in
 * progress. The returned end counts what is held back, and grows with every text. The job's row is locked, so that of
 * two writers each appends after the other.
 */
async function appendJobLog(
  sql: Statements,
  jobId: string,
  { offset, text, limitBytes, holdBack }: LogWrite,
): Promise<LogEnd | undefined> {
  const job = await sql.get<{ status: string }>('select status from jobs where id = ? {{for update}}', jobId);
  if (job?.status !== 'InProgress') return undefined;
  const last = await sql.get<LastChunk>(
    `select start_offset, size_bytes, is_cut from job_log_chunks where job_id = ? order by start_offset desc limit 1`,
    jobId,
  );
  const held = await heldEnd(sql, jobId);
  const end = endOf(last);
  const nextOffset = held?.next_offset ?? end.nextOffset;
  if (end.isCut || text === '' || (offset ?? nextOffset) !== nextOffset) return { ...end, nextOffset };
  const write = holdBack?.(text, held?.held ?? undefined) ?? { text, heldBytes: 0 };
  const written = await appendChunk(sql, jobId, last, { text: write.text, limitBytes });
  if (!held && write.held === undefined) return written;
  // Grows even if a mask is shorter than what was held back: a repeated call must not match its offset again.
  const grown = written.isCut ? written.nextOffset : Math.max(nextOffset + 1, written.nextOffset + write.heldBytes);
  await sql.run(
    `insert into job_log_ends (job_id, next_offset, held) values (?, ?, ?)
     on conflict (job_id) do update set next_offset = excluded.next_offset, held = excluded.held`,
    jobId,
    grown,
    (written.isCut ? undefined : write.held) ?? null,
  );
  return { ...written, nextOffset: grown };
}

async function heldEnd(sql: Statements, jobId: string): Promise<EndRow | undefined> {
  return sql.get<EndRow>('select next_offset, held from job_log_ends where job_id = ?', jobId);
}

async function appendChunk(
  sql: Statements,
  jobId: string,
  last: LastChunk | undefined,
  { text, limitBytes }: { text: string; limitBytes: number },
): Promise<LogEnd> {
  const end = endOf(last);
  const kept = cutToBytes(text, limitBytes - end.nextOffset);
  const keptBytes = Buffer.byteLength(kept);
  if (last && last.size_bytes < shortChunkBytes) {
    await sql.run(
      'update job_log_chunks set text = text || ?, size_bytes = size_bytes + ? where job_id = ? and start_offset = ?',
      kept,
      keptBytes,
      jobId,
      last.start_offset,
    );
  } else if (keptBytes > 0) {
    await insertChunk(sql, jobId, { startOffset: end.nextOffset, text: kept, isCut: false });
  }
  const nextOffset = end.nextOffset + keptBytes;
  if (kept.length === text.length) return { nextOffset, isCut: false };
  const notice = `\n[The log ends here: a job may write ${limitBytes / bytesPerMebibyte} MiB.]\n`;
  await insertChunk(sql, jobId, { startOffset: nextOffset, text: notice, isCut: true });
  return { nextOffset: nextOffset + Buffer.byteLength(notice), isCut: true };
}

/**
 * Reads the text from `offset` on, at most about a megabyte, and where it ends; at the end of the log also what was held
 * back.
 */
async function readJobLog(
  sql: Statements,
  jobId: string,
  offset: number,
): Promise<{ text: string; held?: string } & LogEnd> {
  const rows = await sql.all<ChunkRow>(
    `select start_offset, text, size_bytes, is_cut from job_log_chunks where job_id = ? and start_offset >=
       (select coalesce(max(start_offset), 0) from job_log_chunks where job_id = ? and start_offset <= ?)
     order by start_offset limit ?`,
    jobId,
    jobId,
    offset,
    chunksAtOnce,
  );
  // After a full page there may be more.
  const held = rows.length < chunksAtOnce ? ((await heldEnd(sql, jobId))?.held ?? undefined) : undefined;
  const end = { ...endOf(rows.at(-1)), ...(held === undefined ? {} : { held }) };
  if (end.nextOffset <= offset) return { text: '', ...end };
  const [first] = rows;
  const bytes = Buffer.from(rows.map(({ text }) => text).join(''));
  return { text: bytes.subarray(characterStart(bytes, offset - (first?.start_offset ?? 0))).toString(), ...end };
}

function endOf(last: LastChunk | undefined): LogEnd {
  return last
    ? { nextOffset: last.start_offset + last.size_bytes, isCut: last.is_cut === 1 }
    : { nextOffset: 0, isCut: false };
}

async function insertChunk(
  sql: Statements,
  jobId: string,
  { startOffset, text, isCut }: { startOffset: number; text: string; isCut: boolean },
): Promise<void> {
  await sql.run(
    'insert into job_log_chunks (job_id, start_offset, text, size_bytes, is_cut) values (?, ?, ?, ?, ?)',
    jobId,
    startOffset,
    text,
    Buffer.byteLength(text),
    isCut ? 1 : 0,
  );
}

/** Returns the longest prefix with at most this many bytes that ends between characters. */
function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = Math.max(0, most);
  while (end > 0 && isInsideCharacter(bytes[end])) end -= 1;
  return bytes.subarray(0, end).toString();
}

/** Returns the start of the next character if the position is inside one. */
function characterStart(bytes: Buffer, position: number): number {
  let start = position;
  while (isInsideCharacter(bytes[start])) start += 1;
  return start;
}

/** In UTF-8 all bytes of a character but the first are 10xxxxxx. */
function isInsideCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
