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

/** Returns the file of the embedded store in a data folder. */
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
    return createStore(database, { now, limits, notifications: createNotifications() });
  });
}

/** Opens the database of a data folder, and marks it as open until it is closed. */
async function openEmbedded(folder: string): Promise<Database> {
  const file = embeddedFile(folder);
  requireLog(file);
  const database = await openSqlite(file);
  try {
    await markOpen(file, database);
    await requireSound(file, database);
  } catch (error) {
    // Closing may remove the log, which the mark requires at the next start.
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
      // The files may be another server's by now.
      if (!isCondemned) unmark(file);
      return database.close();
    },
  };
}

/** The check reads the whole file; for a larger one it would delay the start by more than a second or two. */
const checkedBytes = 256 * 1024 * 1024;

/** Throws if pages contradict each other. */
async function requireSound(file: string, database: Database): Promise<void> {
  if (statSync(file).size > checkedBytes) return;
  const [found] = await database.read((sql) => sql.all<{ quick_check: string }>('pragma quick_check(1)'));
  if (found?.quick_check !== 'ok') throw new DatabaseDamagedError(new Error(found?.quick_check));
}

/** Reads which installation a data folder's state belongs to, without creating anything; undefined if there is none. */
export async function findEmbeddedInstallation(folder: string): Promise<StoredInstallation | undefined> {
  const file = embeddedFile(folder);
  requireLog(file);
  if (!existsSync(file)) return undefined;
  return peekSqlite(file, async (sql) => {
    const tables = await sql.all("select name from sqlite_schema where type = 'table' and name = 'settings'");
    return tables.length === 0 ? undefined : readInstallation(sql);
  });
}

/** Reads the same from a PostgreSQL database. */
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

/** Where a PostgreSQL store is, and how much of the server it may use; durations in ms. */
export interface PostgresPlace {
  /** `postgres://user:password@host:port/database`, optionally with the parameters of PostgreSQL's own clients. */
  url: string;
  poolSize?: number;
  statementTimeoutMs?: number;
  idleTransactionTimeoutMs?: number;
}

/**
 * Opens the store in a PostgreSQL database, 15 or newer, and brings its schema up to date; other nodes that start at the
 * same time wait. Only this loads the driver, so the embedded store never pays for it.
 */
export async function openPostgresStore(
  { url, poolSize = 10, statementTimeoutMs = 15_000, idleTransactionTimeoutMs = 10_000 }: PostgresPlace,
  now: () => number,
  limits: ExecutionLimits = defaultQuotas,
): Promise<Store> {
  const { openPostgres } = await import('./postgres/database.ts');
  const { createPgNotifications } = await import('./postgres/pg-notifications.ts');
  const { raiseEventBase } = await import('./postgres/event-base.ts');
  const database = openPostgres({ url, poolSize, statementTimeoutMs, idleTransactionTimeoutMs });
  return opened(database, async () => {
    if (!(await isUpToDate(database))) await migratePostgres(url);
    await raiseEventBase(database);
    const notifications = createPgNotifications(createNotifications(), url);
    const store = createStore(database, { now, limits, notifications, groupCommit: createGroupCommit(database) });
    return {
      ...store,
      async close() {
        await notifications.close();
        await store.close();
      },
    };
  });
}

/** Only brings the schema of a data folder up to date. */
export async function migrateEmbedded(folder: string): Promise<Migration> {
  const database = await openEmbedded(folder);
  return closing(database, () => migrate(database, dialect));
}

/** Only brings the schema of a PostgreSQL database up to date, without a time limit, because no server waits for it. */
export async function migratePostgres(url: string): Promise<Migration> {
  const { openPostgres } = await import('./postgres/database.ts');
  const { schemaDialect } = await import('./postgres/dialect.ts');
  const database = openPostgres({ ...patient, url });
  return closing(database, () => database.alone(() => migrate(database, schemaDialect)));
}

/**
 * Copies every row of a data folder into an empty PostgreSQL database in one transaction, after bringing both to this
 * program's schema, and returns the number of rows of each table. Neither may be in use meanwhile.
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

/** One connection works, the other one holds the lock. */
const patient = { poolSize: 2, statementTimeoutMs: 3_600_000, idleTransactionTimeoutMs: 60_000 };

async function closing<T>(database: Database, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await database.close();
  }
}

/** Closes the database if `build` fails. */
async function opened(database: Database, build: () => Promise<Store>): Promise<Store> {
  try {
    return await build();
  } catch (error) {
    await database.close();
    throw error;
  }
}
