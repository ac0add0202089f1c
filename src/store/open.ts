import { join } from 'node:path';
import { defaultQuotas, type ExecutionLimits } from '../model/quotas.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { createSharedWrites } from './sql/shared-writes.ts';
import { createSqlStore } from './sql-store.ts';
import { dialect, openSqlite } from './sqlite/database.ts';
import type { Store } from './store.ts';
import { createWakes } from './wakes.ts';

/** Opens the embedded store in a data folder and brings its schema up to date. */
export async function openEmbeddedStore(
  folder: string,
  now: () => number,
  limits: ExecutionLimits = defaultQuotas,
): Promise<Store> {
  const database = await openSqlite(join(folder, 'millrace.sqlite'));
  return opened(database, async () => {
    await migrate(database, dialect);
    return createSqlStore(database, { now, limits, wakes: createWakes() });
  });
}

/** Where a PostgreSQL store is, and how much of the server it takes; durations in ms. */
export interface PostgresPlace {
  /** `postgres://user:password@host:port/database`; what else PostgreSQL's own clients know may follow as parameters. */
  url: string;
  poolSize?: number;
  statementTimeoutMs?: number;
  idleTransactionTimeoutMs?: number;
}

/**
 * Opens the store in a PostgreSQL database, 15 or newer, and brings its schema up to date: of several nodes that start
 * at once the first does it and the others wait. The driver is loaded only here, so the embedded store never pays for it.
 */
export async function openPostgresStore(
  { url, poolSize = 10, statementTimeoutMs = 15_000, idleTransactionTimeoutMs = 10_000 }: PostgresPlace,
  now: () => number,
  limits: ExecutionLimits = defaultQuotas,
): Promise<Store> {
  const { openPostgres } = await import('./postgres/database.ts');
  const { schemaDialect } = await import('./postgres/dialect.ts');
  const { shareWakes } = await import('./postgres/shared-wakes.ts');
  const database = openPostgres({ url, poolSize, statementTimeoutMs, idleTransactionTimeoutMs });
  return opened(database, async () => {
    await database.alone(() => migrate(database, schemaDialect));
    const wakes = shareWakes(createWakes(), url);
    const store = createSqlStore(database, { now, limits, wakes, shared: createSharedWrites(database) });
    return {
      ...store,
      async close() {
        await wakes.close();
        await store.close();
      },
    };
  });
}

/** What fails on the way leaves no database open. */
async function opened(database: Database, build: () => Promise<Store>): Promise<Store> {
  try {
    return await build();
  } catch (error) {
    await database.close();
    throw error;
  }
}
