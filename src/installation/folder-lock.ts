import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { loadSqlite } from '../store/sqlite/driver.ts';
import { fileIdentity } from '../store/sqlite/file-identity.ts';

/** Keeps the handles of held locks: a collected handle would take its lock along. */
const held = new Set<DatabaseSyncInstance>();

/** SQLite's primary code for a file that somebody else has locked. */
const busy = 5;

/** A data folder that is taken. */
export interface FolderLock {
  /** Whether the file of the lock is still the one that is locked, and not gone or another one. */
  isInPlace(): boolean;
  release(): void;
}

/**
 * Takes the data folder for this process. The lock is SQLite's own on a file beside the data: the system drops it with
 * the process, however that ends, so no stale lock is ever left. Rejects when another process has the folder.
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
