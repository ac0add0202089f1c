import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import {
  type Database,
  DatabaseDamagedError,
  DatabaseUnavailableError,
  type Parameter,
  type Statements,
  StorageFullError,
} from '../database.ts';
import { loadSqlite } from './driver.ts';
import { failureOf } from './failure.ts';
import { createLockPatience } from './lock-patience.ts';
import { createPacer } from './pacer.ts';
import { createReserve, openOnFullDisk, type Reserve } from './reserve.ts';
import { createGroupCommit } from './writer-queue.ts';

const pace = createPacer();

/** How long opening waits for a lock of another program; later no wait may hold the thread. */
const openTimeoutMs = 5000;

/**
 * Opens (or makes) an SQLite file: WAL, `synchronous=FULL`, one writer with group commit, one reader. All transactions
 * waiting when a group begins share one commit, each in a savepoint of its own, and nobody is answered before it. After
 * the first sign of damage nothing is written any more.
 */
export async function openSqlite(file: string): Promise<Database> {
  openOnFullDisk(reserveFile(file));
  const { writer, reader } = await connect(file);
  const group = createGroupCommit(writer, statementsOn(writer), pace);
  const readStatements = pacedStatements(statementsOn(reader));
  const outwaitLock = createLockPatience();
  const reserve = createReserve(reserveFile(file));
  let condemned: DatabaseUnavailableError | undefined;
  /** Rejects with what a failure means to the store. */
  const observe = (error: unknown): never => {
    const failure = failureOf(error);
    if (failure instanceof DatabaseDamagedError) condemned ??= failure;
    throw failure;
  };
  const write = async <T>(work: (sql: Statements) => Promise<T>): Promise<T> => {
    if (condemned) throw condemned;
    return group.add(work).catch(observe);
  };
  return {
    // A read is one statement or a few on committed rows; they need no common snapshot.
    read: (work) => outwaitLock(() => work(readStatements)).catch(observe),
    async write(work) {
      if (!reserve.isHeld() && !(await reserve.hold())) throw new StorageFullError(undefined);
      return write(work);
    },
    writeToFree: (work) => write(work).catch((error) => writeFromReserve(error, reserve, () => write(work))),
    async holdReserve() {
      await reserve.hold();
    },
    condemn(reason) {
      condemned ??= new DatabaseUnavailableError(undefined, { message: reason });
    },
    async check() {
      if (condemned) throw condemned;
      await outwaitLock(() => readStatements.get('select 1 as one')).catch(observe);
    },
    async close() {
      await group.drain();
      reader.close();
      if (!condemned) checkpoint(writer);
      writer.close();
    },
  };
}

/** Reads from a file without writing anything to it. */
export async function peekSqlite<T>(file: string, work: (sql: Statements) => Promise<T>): Promise<T> {
  const Sqlite = await loadSqlite();
  const reader = new Sqlite(file, { readOnly: true });
  try {
    return await work(statementsOn(reader));
  } catch (error) {
    throw failureOf(error);
  } finally {
    reader.close();
  }
}

/** Where the space of a database's reserve is. */
function reserveFile(file: string): string {
  return `${file}-reserve`;
}

async function connect(file: string): Promise<{ writer: DatabaseSyncInstance; reader: DatabaseSyncInstance }> {
  const Sqlite = await loadSqlite();
  const writer = new Sqlite(file);
  try {
    writer.exec(
      `pragma busy_timeout = ${openTimeoutMs}; pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on`,
    );
    const reader = new Sqlite(file);
    reader.exec('pragma query_only = on; pragma busy_timeout = 0');
    writer.exec('pragma busy_timeout = 0');
    return { writer, reader };
  } catch (error) {
    writer.close();
    throw failureOf(error);
  }
}

/** A disk that is full takes no commit, not even one that makes room: that one gets what was kept back for it. */
function writeFromReserve<T>(error: unknown, reserve: Reserve, again: () => Promise<T>): Promise<T> {
  if (!(error instanceof StorageFullError) || !reserve.release()) throw error;
  return again();
}

/**
 * Brings everything into the one file, so that a copy of it alone is whole. The driver's own close does not: with
 * prepared statements it leaves the connection open, and with it the log.
 */
function checkpoint(writer: DatabaseSyncInstance): void {
  try {
    writer.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // The log stays beside the file, and the next start reads both.
  }
}

function statementsOn(database: DatabaseSyncInstance): Statements {
  const prepared = new Map<string, StatementSyncInstance>();
  const prepare = (text: string): StatementSyncInstance => {
    const known = prepared.get(text);
    if (known) return known;
    const statement = database.prepare(dialect(text));
    prepared.set(text, statement);
    return statement;
  };
  return {
    async all<T>(text: string, ...parameters: Parameter[]) {
      return prepare(text).all(...parameters) as T[];
    },
    async get<T>(text: string, ...parameters: Parameter[]) {
      return prepare(text).get(...parameters) as T | undefined;
    },
    async run(text: string, ...parameters: Parameter[]) {
      return Number(prepare(text).run(...parameters).changes);
    },
  };
}

/**
 * Reads that let others have a turn: a list may take a thousand of them. Writes don't wait between two statements, since
 * one that is still to come when another one fails would run in the transaction after it.
 */
function pacedStatements(statements: Statements): Statements {
  return {
    ...statements,
    all: async <T>(text: string, ...parameters: Parameter[]) => {
      await pace();
      return statements.all<T>(text, ...parameters);
    },
    get: async <T>(text: string, ...parameters: Parameter[]) => {
      await pace();
      return statements.get<T>(text, ...parameters);
    },
  };
}

/** What SQLite says differently: the growing key, and no row locks because there is one writer. */
export function dialect(sql: string): string {
  return sql
    .replaceAll('{{sequence}}', 'integer primary key autoincrement')
    .replaceAll(/\{\{for (update|share)( of \w+)?\}\}/g, '')
    .replaceAll('{{skip locked}}', '');
}
