import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { fileIdentity, loadSqlite } from '../store/sqlite/driver.ts';

/** Held locks: a garbage-collected handle would release its lock. */
const held = new Set<DatabaseSyncInstance>();

/** SQLite's primary result code for a locked file. */
const busy = 5;

/** The lock on a data folder. */
export interface FolderLock {
  /** Reports whether the lock file is still the one that was locked, not removed or replaced. */
  isInPlace(): boolean;
  release(): void;
}

/**
 * Locks the data folder for this process; rejects if another process has locked it. The lock is SQLite's own on a
 * separate file: the system releases it when the process ends in any way, so no lock is ever stale.
 */
export async function lockFolder(folder: string): Promise<FolderLock> {
  const Sqlite = await loadSqlite();
  const owner = join(folder, 'lock.pid');
  const file = join(folder, 'lock.sqlite');
  const lock = new Sqlite(file);
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
  const locked = fileIdentity(file);
  writeFileSync(owner, String(process.pid));
  return {
    isInPlace: () => locked !== undefined && fileIdentity(file) === locked,
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
