import type { Scope } from '../../model/pipeline.ts';
import type { Statements } from '../database.ts';
import type { Log, LogBlock, LogChunk, LogMark } from './log-model.ts';
import { type BlockRow, type ChunkRow, findLogRow, type LogRow, toBlock, toChunk, toLog } from './log-rows.ts';

export async function findLog(sql: Statements, id: string): Promise<Log | undefined> {
  const row = await findLogRow(sql, id);
  return row && toLog(row);
}

/** Finds a log by its group and stream. */
export async function findStream(
  sql: Statements,
  { account, region, group, stream }: Scope & { group: string; stream: string },
): Promise<Log | undefined> {
  const row = await sql.get<LogRow>(
    'select * from logs where account = ? and region = ? and log_group = ? and log_stream = ? and removed_at is null',
    ...[account, region, group, stream],
  );
  return row && toLog(row);
}

/** Chunks per read: about a megabyte, as a chunk has at most a little more than 64 KiB. */
const chunksAtOnce = 16;
/** Blocks per read: about a megabyte. */
const blocksAtOnce = 4;

/** Parts of a log that follow each other, from the one that has `offset` on: about a megabyte. */
export interface LogParts {
  log: Log;
  blocks: LogBlock[];
  chunks: LogChunk[];
}

/**
 * Reads where the text from `offset` on is. Each query sees what is committed when it runs, so the chunks are read before
 * the blocks that may replace them.
 */
export async function readParts(sql: Statements, id: string, offset: number): Promise<LogParts | undefined> {
  const row = await findLogRow(sql, id);
  if (!row) return undefined;
  const chunks = await sql.all<ChunkRow>(
    `select start_offset, text, size_bytes, first_line, written_at from log_chunks where log_id = ? and start_offset >=
       (select coalesce(max(start_offset), 0) from log_chunks where log_id = ? and start_offset <= ?)
     order by start_offset limit ?`,
    ...[id, id, offset, chunksAtOnce],
  );
  const blocks = await sql.all<BlockRow>(
    `select start_offset, size_bytes, first_line, times, stored_bytes, file_id, sealed_key, object_key from log_blocks
     where log_id = ? and start_offset >=
       (select coalesce(max(start_offset), 0) from log_blocks where log_id = ? and start_offset <= ?)
     order by start_offset limit ?`,
    ...[id, id, offset, blocksAtOnce],
  );
  return { log: toLog(row), ...contiguous(blocks.map(toBlock), chunks.map(toChunk), offset) };
}

/** Leaves out what is before the offset, what is there twice, and chunks behind blocks that were not read. */
function contiguous(blocks: LogBlock[], chunks: LogChunk[], offset: number): Omit<LogParts, 'log'> {
  const wanted = blocks.filter(({ startOffset, sizeBytes }) => startOffset + sizeBytes > offset);
  let end = Math.max(offset, ...wanted.map(({ startOffset, sizeBytes }) => startOffset + sizeBytes));
  const following: LogChunk[] = [];
  for (const chunk of chunks) {
    const chunkEnd = chunk.startOffset + chunk.sizeBytes;
    if (chunk.startOffset > end || chunkEnd <= end) continue;
    following.push(chunk);
    end = chunkEnd;
  }
  return { blocks: wanted, chunks: following };
}

/** Returns where the part with a line begins, and the line ends before that; line 0 is the first. */
export async function findLine(
  sql: Statements,
  id: string,
  line: number,
): Promise<{ startOffset: number; firstLine: number }> {
  const find = (table: 'log_chunks' | 'log_blocks') =>
    sql.get<{ start_offset: number; first_line: number }>(
      `select start_offset, first_line from ${table} where log_id = ? and first_line < ? order by start_offset desc limit 1`,
      ...[id, line],
    );
  const found = (await find('log_chunks')) ?? (await find('log_blocks'));
  return { startOffset: found?.start_offset ?? 0, firstLine: found?.first_line ?? 0 };
}

/** Returns where the last part begins that has text from before an instant; 0 if none has. */
export async function findTime(sql: Statements, id: string, at: number): Promise<number> {
  const chunk = await sql.get<{ start_offset: number }>(
    'select start_offset from log_chunks where log_id = ? and written_at < ? order by start_offset desc limit 1',
    ...[id, at],
  );
  const found =
    chunk ??
    (await sql.get<{ start_offset: number }>(
      'select start_offset from log_blocks where log_id = ? and first_at < ? order by start_offset desc limit 1',
      ...[id, at],
    ));
  return found?.start_offset ?? 0;
}

/** Lists the marks of a log in their order. */
export async function listMarks(sql: Statements, id: string): Promise<LogMark[]> {
  const rows = await sql.all<{ start_offset: number; line: number; kind: LogMark['kind']; name: string }>(
    'select start_offset, line, kind, name from log_marks where log_id = ? order by start_offset',
    id,
  );
  return rows.map(({ start_offset: offset, ...mark }) => ({ offset, ...mark }));
}
