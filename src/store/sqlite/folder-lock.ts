import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { loadSqlite } from './driver.ts';

/** Keeps the handles of held locks: a collected handle would take its lock along. */
const held = new Set<DatabaseSyncInstance>();

/** SQLite's primary code for a file that somebody else has locked. */
const busy = 5;

/**
 * Takes the data folder for this process. The lock is SQLite's own on a file beside the data: the system drops it with
 * the process, however that ends, so no stale lock is ever left. Rejects when another process has the folder.
 */
export async function lockFolder(folder: string): Promise<{ release(): void }> {
  const Sqlite = await loadSqlite();
  const owner = join(folder, 'lock.pid');
  const lock = new Sqlite(join(folder, 'lock.sqlite'));
  try {
    lock.exec(
      'pragma busy_timeout = 0; pragma locking_mode = exclusive; pragma journal_mode = delete; begin exclusive',
    );
  } catch (error) {
    lock.close();
    if (((error as { errcode?: number }).errcode ?? 0) % 256 !== busy) throw error;
    throw new Error(
      `The data folder ${folder} is in use by another Millrace (process ${readOwner(owner)}). Stop that one, or give this one a folder of its own with --data.`,
      { cause: error },
    );
  }
  held.add(lock);
  writeFileSync(owner, String(process.pid));
  return {
    release() {
      held.delete(lock);
      lock.exec('rollback');
      lock.close();
    },
  };
}

function readOwner(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
