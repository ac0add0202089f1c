import type { Statements } from '../database.ts';
import type { LogEnd, LogWrite } from './job-history.ts';

/** A last piece shorter than this grows, so that a worker that tells its output by the line does not fill a row with each. */
const shortChunkBytes = 4096;

/** Pieces read at a time: a megabyte, as one has 64 KiB and a little. */
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

/** The job's row is locked, so that of two writers each appends where the other has ended. */
export async function appendJobLog(
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
  // Grows also when a mark takes less room than what was kept back: a call that is repeated must not find its offset again.
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

export async function readJobLog(
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
  // Behind a full page there may be more of the log.
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

/** The longest beginning of a text that has at most so many bytes and no half character. */
function cutToBytes(text: string, most: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= most) return text;
  let end = Math.max(0, most);
  while (end > 0 && isInsideCharacter(bytes[end])) end -= 1;
  return bytes.subarray(0, end).toString();
}

/** An offset inside a character means the character after it. */
function characterStart(bytes: Buffer, position: number): number {
  let start = position;
  while (isInsideCharacter(bytes[start])) start += 1;
  return start;
}

/** In UTF-8 every byte of a character but its first is one of 10xxxxxx. */
function isInsideCharacter(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}
