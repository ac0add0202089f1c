import type { Statements } from '../database.ts';
import type { BlockPlace, LogBlock, LogChunk } from './log-model.ts';
import { type BlockRow, type ChunkRow, toBlock, toChunk } from './log-rows.ts';

/** Chunks of a block: those of single lines are small. */
const chunksOfBlock = 500;

/** Blocks and rows removed in one transaction. */
const removedAtOnce = 200;

/** Reads the oldest chunks of a log that are in no block yet. */
export async function readUnsealed(sql: Statements, id: string): Promise<LogChunk[]> {
  const rows = await sql.all<ChunkRow>(
    `select start_offset, text, size_bytes, first_line, written_at from log_chunks where log_id = ?
     order by start_offset limit ?`,
    ...[id, chunksOfBlock],
  );
  return rows.map(toChunk);
}

/**
 * Replaces the chunks that a block has by the block, and returns true; false, with nothing written, if another node has
 * done it or the log was removed.
 */
export async function addBlock(sql: Statements, id: string, block: LogBlock): Promise<boolean> {
  const end = block.startOffset + block.sizeBytes;
  const moved = await sql.run(
    'update logs set block_bytes = ? where id = ? and block_bytes = ? and removed_at is null',
    ...[end, id, block.startOffset],
  );
  if (moved === 0) return false;
  const { place } = block;
  const columns = 'fileId' in place ? [place.fileId, place.sealedKey ?? null, null] : [null, null, place.objectKey];
  await sql.run(
    `insert into log_blocks (log_id, start_offset, size_bytes, first_line, times, first_at, last_at, stored_bytes,
       file_id, sealed_key, object_key) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    ...[id, block.startOffset, block.sizeBytes, block.firstLine, JSON.stringify(block.times)],
    ...[block.times[0]?.[1] ?? 0, block.times.at(-1)?.[1] ?? 0, block.storedBytes, ...columns],
  );
  await sql.run('delete from log_chunks where log_id = ? and start_offset < ?', id, end);
  return true;
}

/** What of a removed log is stored elsewhere. */
export interface RemovedBlocks {
  id: string;
  account: string;
  blocks: { startOffset: number; place: BlockPlace }[];
}

/** Lists the oldest removed log with some of its blocks. */
export async function nextRemoved(sql: Statements): Promise<RemovedBlocks | undefined> {
  const log = await sql.get<{ id: string; account: string }>(
    'select id, account from logs where removed_at is not null order by removed_at limit 1',
  );
  if (!log) return undefined;
  const rows = await sql.all<BlockRow>(
    `select start_offset, size_bytes, first_line, times, stored_bytes, file_id, sealed_key, object_key from log_blocks
     where log_id = ? order by start_offset limit ?`,
    ...[log.id, removedAtOnce],
  );
  return { ...log, blocks: rows.map(toBlock) };
}

/** Forgets blocks of a removed log, whose bytes are gone; the log itself when nothing is left of it. */
export async function forgetRemoved(sql: Statements, { id, blocks }: RemovedBlocks): Promise<void> {
  for (const { startOffset } of blocks) {
    await sql.run('delete from log_blocks where log_id = ? and start_offset = ?', id, startOffset);
  }
  if (blocks.length === removedAtOnce) return;
  for (const table of ['log_chunks', 'log_marks']) {
    const deleted = await sql.run(
      `delete from ${table} where log_id = ? and start_offset in
         (select start_offset from ${table} where log_id = ? limit ?)`,
      ...[id, id, removedAtOnce],
    );
    if (deleted === removedAtOnce) return;
  }
  await sql.run('delete from logs where id = ?', id);
}
