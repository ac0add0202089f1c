import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { defaultQuotas, type ExecutionLimits } from '../model/quotas.ts';
import { type Database, DatabaseDamagedError } from './database.ts';
import { createGroupCommit } from './group-commit.ts';
import { isUpToDate, type Migration, migrate } from './migrate.ts';
import { createNotifications } from './notifications.ts';
import type { CopiedTable, ReportCopied } from './postgres/copy-database.ts';
import { readInstallation, type StoredInstallation } from './settings.ts';
import { dialect, openSqlite, peekSqlite } from './sqlite/database.ts';
import { markOpen, requireLog, unmark } from './sqlite/open-mark.ts';
import type { Store } from './store.ts';
import { createStore } from './store.ts';

/** The file of the embedded store in a data folder. */
export function embeddedFile(folder: string): string {
  return join(folder, 'millrace.sqlite');
}

/** Opens the embedded store in a data folder and brings its schema up to date. */
export async function openEmbeddedStore(
  folder: string,
  now: () => number,
  limits: ExecutionLimits = defaultQuotas,
): Promise<Store> {
  const database = await openEmbedded(folder);
  return opened(database, async () => {
    await migrate(database, dialect);
    return createStore(database, { now, limits, wakes: createNotifications() });
  });
}

/** The database of a data folder, marked as open until it is closed. */
async function openEmbedded(folder: string): Promise<Database> {
  const file = embeddedFile(folder);
  requireLog(file);
  const database = await openSqlite(file);
  try {
    await markOpen(file, database);
    await requireSound(file, database);
  } catch (error) {
    // Closing may take the log away, which the mark would miss at the next start.
    if (error instanceof DatabaseDamagedError) unmark(file);
    await database.close();
    throw error;
  }
  let isCondemned = false;
  return {
    ...database,
    condemn(reason) {
      isCondemned = true;
      database.condemn(reason);
    },
    close() {
      // What stands under the names now may be another server's.
      if (!isCondemned) unmark(file);
      return database.close();
    },
  };
}

/** A check reads the whole file; a longer one would keep a server from starting for more than a second or two. */
const checkedBytes = 256 * 1024 * 1024;

/** Throws when pages contradict each other. */
async function requireSound(file: string, database: Database): Promise<void> {
  if (statSync(file).size > checkedBytes) return;
  const [found] = await database.read((sql) => sql.all<{ quick_check: string }>('pragma quick_check(1)'));
  if (found?.quick_check !== 'ok') throw new DatabaseDamagedError(new Error(found?.quick_check));
}

/** Reads which installation the state in a data folder belongs to, and makes nothing; undefined when there is none. */
export async function findEmbeddedInstallation(folder: string): Promise<StoredInstallation | undefined> {
  const file = embeddedFile(folder);
  requireLog(file);
  if (!existsSync(file)) return undefined;
  return peekSqlite(file, async (sql) => {
    const tables = await sql.all("select name from sqlite_schema where type = 'table' and name = 'settings'");
    return tables.length === 0 ? undefined : readInstallation(sql);
  });
}

/** The same for a PostgreSQL database. */
export async function findPostgresInstallation(url: string): Promise<StoredInstallation | undefined> {
  const { openPostgres } = await import('./postgres/database.ts');
  const database = openPostgres({ ...patient, poolSize: 1, url });
  return closing(database, () =>
    database.read(async (sql) => {
      const table = await sql.get<{ name: string | null }>("select cast(to_regclass('settings') as text) as name");
      return table?.name == null ? undefined : readInstallation(sql);
    }),
  );
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
  const { createPgNotifications } = await import('./postgres/pg-notifications.ts');
  const database = openPostgres({ url, poolSize, statementTimeoutMs, idleTransactionTimeoutMs });
  return opened(database, async () => {
    if (!(await isUpToDate(database))) await migratePostgres(url);
    const wakes = createPgNotifications(createNotifications(), url);
    const store = createStore(database, { now, limits, wakes, groupCommit: createGroupCommit(database) });
    return {
      ...store,
      async close() {
        await wakes.close();
        await store.close();
      },
    };
  });
}

/** Brings the schema of a data folder up to date, and does nothing else. */
export async function migrateEmbedded(folder: string): Promise<Migration> {
  const database = await openEmbedded(folder);
  return closing(database, () => migrate(database, dialect));
}

/** The same for a PostgreSQL database. A step may take as long as it takes: there is no server that waits for it. */
export async function migratePostgres(url: string): Promise<Migration> {
  const { openPostgres } = await import('./postgres/database.ts');
  const { schemaDialect } = await import('./postgres/dialect.ts');
  const database = openPostgres({ ...patient, url });
  return closing(database, () => database.alone(() => migrate(database, schemaDialect)));
}

/**
 * Copies every row of a data folder into a PostgreSQL database that has none, in one transaction, and answers how many
 * each table has. Nobody may use either meanwhile. Both have this program's schema then.
 */
export async function copyToPostgres(folder: string, url: string, report: ReportCopied): Promise<CopiedTable[]> {
  const { openPostgres } = await import('./postgres/database.ts');
  const { copyDatabase } = await import('./postgres/copy-database.ts');
  await migratePostgres(url);
  const source = await openEmbedded(folder);
  return closing(source, () => {
    const target = openPostgres({ ...patient, url });
    return closing(target, () => target.alone(() => copyDatabase(source, target, report)));
  });
}

/** One connection works, the other one holds the lock that keeps others out. */
const patient = { poolSize: 2, statementTimeoutMs: 3_600_000, idleTransactionTimeoutMs: 60_000 };

async function closing<T>(database: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await database.close();
  }
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
