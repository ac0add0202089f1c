import type { Statements } from '../database.ts';
import type { BlockPlace, Log, LogBlock, LogChunk } from './log-model.ts';

export interface LogRow {
  id: string;
  account: string;
  region: string;
  log_group: string;
  log_stream: string;
  created_at: number;
  last_written_at: number;
  text_bytes: number;
  lines: number;
  block_bytes: number;
  next_offset: number;
  held: string | null;
  is_cut: number;
  is_closed: number;
  cut_bytes: number;
  marks: number;
}

export interface ChunkRow {
  start_offset: number;
  text: string;
  size_bytes: number;
  first_line: number;
  written_at: number;
}

export interface BlockRow {
  start_offset: number;
  size_bytes: number;
  first_line: number;
  times: string;
  stored_bytes: number;
  file_id: string | null;
  sealed_key: string | null;
  object_key: string | null;
}

export async function findLogRow(sql: Statements, id: string): Promise<LogRow | undefined> {
  return sql.get<LogRow>('select * from logs where id = ? and removed_at is null', id);
}

export function toLog(row: LogRow): Log {
  return {
    id: row.id,
    account: row.account,
    region: row.region,
    group: row.log_group,
    stream: row.log_stream,
    createdAt: row.created_at,
    lastWrittenAt: row.last_written_at,
    bytes: row.text_bytes,
    lines: row.lines,
    blockBytes: row.block_bytes,
    nextOffset: row.next_offset,
    isCut: row.is_cut === 1,
    ...(row.held === null ? {} : { held: row.held }),
  };
}

export function toChunk(row: ChunkRow): LogChunk {
  return {
    startOffset: row.start_offset,
    sizeBytes: row.size_bytes,
    firstLine: row.first_line,
    text: row.text,
    writtenAt: row.written_at,
  };
}

export function toBlock(row: BlockRow): LogBlock {
  return {
    startOffset: row.start_offset,
    sizeBytes: row.size_bytes,
    firstLine: row.first_line,
    times: JSON.parse(row.times) as LogBlock['times'],
    storedBytes: row.stored_bytes,
    place: toPlace(row),
  };
}

function toPlace({ file_id: fileId, sealed_key: sealedKey, object_key: objectKey }: BlockRow): BlockPlace {
  if (fileId === null) return { objectKey: objectKey ?? '' };
  return sealedKey === null ? { fileId } : { fileId, sealedKey };
}
