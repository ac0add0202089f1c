import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { loadSqlite } from '../../../src/store/sqlite/driver.ts';

/** Opens the database in the data folder of a stopped server. */
export async function withFile(folder: string, work: (file: DatabaseSyncInstance) => unknown): Promise<void> {
  const Sqlite = await loadSqlite();
  const file = new Sqlite(join(folder, 'millrace.sqlite'));
  try {
    work(file);
  } finally {
    file.close();
  }
}

const headerBytes = 32;
const frameHeaderBytes = 24;

/**
 * Counts the commits in an SQLite write-ahead log: the last frame of each has the size of the database, all others
 * a 0 (https://www.sqlite.org/fileformat2.html#walformat). Frames from before the last reset have another salt.
 */
export function countWalCommits(databaseFile: string): number {
  const wal = readFileSync(`${databaseFile}-wal`);
  if (wal.length < headerBytes) return 0;
  const frameBytes = frameHeaderBytes + wal.readUInt32BE(8);
  const salt = wal.readBigUInt64BE(16);
  let commits = 0;
  for (let start = headerBytes; start + frameBytes <= wal.length; start += frameBytes) {
    const isOfThisRound = wal.readBigUInt64BE(start + 8) === salt;
    if (isOfThisRound && wal.readUInt32BE(start + 4) > 0) commits += 1;
  }
  return commits;
}

/**
 * Returns the fewest commits that some work makes in up to five runs: the server writes in the background now and then, but
 * work that writes does so each time.
 */
export async function fewestCommits(database: string, work: () => Promise<unknown>): Promise<number> {
  let fewest = Number.POSITIVE_INFINITY;
  for (let tries = 0; tries < 5 && fewest > 0; tries += 1) {
    const before = countWalCommits(database);
    await work();
    fewest = Math.min(fewest, countWalCommits(database) - before);
  }
  return fewest;
}
