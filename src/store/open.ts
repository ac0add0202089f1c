import { join } from 'node:path';
import { defaultQuotas, type ExecutionLimits } from '../model/quotas.ts';
import { migrate } from './migrate.ts';
import { createSqlStore } from './sql-store.ts';
import { dialect, openSqlite } from './sqlite/database.ts';
import type { Store } from './store.ts';

/** Opens the embedded store in a data folder and brings its schema up to date. */
export async function openEmbeddedStore(
  folder: string,
  now: () => number,
  limits: ExecutionLimits = defaultQuotas,
): Promise<Store> {
  const database = await openSqlite(join(folder, 'millrace.sqlite'));
  try {
    await migrate(database, dialect);
  } catch (error) {
    await database.close();
    throw error;
  }
  return createSqlStore(database, now, limits);
}
