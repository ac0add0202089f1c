import { join } from 'node:path';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { loadSqlite } from '../../../src/store/sqlite/driver.ts';

/** The state of a data folder that no server has in use, as SQLite sees it. */
export async function withFile(folder: string, work: (file: DatabaseSyncInstance) => unknown): Promise<void> {
  const Sqlite = await loadSqlite();
  const file = new Sqlite(join(folder, 'millrace.sqlite'));
  try {
    work(file);
  } finally {
    file.close();
  }
}
