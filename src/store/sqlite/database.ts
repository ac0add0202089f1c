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
import { createFirstFailure, createWriterQueue } from './writer-queue.ts';

const pace = createPacer();

/** How long opening waits for another program's lock; later waits must not block the thread. */
const openTimeoutMs = 5000;

/**
 * Opens or creates an SQLite file: WAL, `synchronous=FULL`, one writer with group commit, one reader. After the first
 * sign of damage nothing is written any more.
 */
export async function openSqlite(file: string): Promise<Database> {
  openOnFullDisk(reserveFile(file));
  const { writer, reader } = await connect(file);
  const failures = createFirstFailure();
  const queue = createWriterQueue(writer, { statements: statementsOn(writer, failures.attempt), failures, pace });
  const readStatements = pacedStatements(statementsOn(reader));
  const outwaitLock = createLockPatience();
  const reserve = createReserve(reserveFile(file));
  let condemned: DatabaseUnavailableError | undefined;
  /** Rejects with the store's error for a failure. */
  const observe = (error: unknown): never => {
    const failure = failureOf(error);
    if (failure instanceof DatabaseDamagedError) condemned ??= failure;
    throw failure;
  };
  const write = async <T>(work: (sql: Statements) => Promise<T>): Promise<T> => {
    if (condemned) throw condemned;
    return queue.add(work).catch(observe);
  };
  return {
    // A read is a few statements on committed rows, which need no common snapshot.
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
      await queue.drain();
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

/** Returns the file that holds a database's reserved space. */
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
    // What a savepoint needs to undo its writes then stays in memory; in a file it was more than all else that is written.
    writer.exec('pragma temp_store = memory');
    const reader = new Sqlite(file);
    reader.exec('pragma query_only = on; pragma busy_timeout = 0');
    writer.exec('pragma busy_timeout = 0');
    return { writer, reader };
  } catch (error) {
    writer.close();
    throw failureOf(error);
  }
}

/** A full disk takes no commit, not even one that frees space, so that one gets the reserved space. */
function writeFromReserve<T>(error: unknown, reserve: Reserve, again: () => Promise<T>): Promise<T> {
  if (!(error instanceof StorageFullError) || !reserve.release()) throw error;
  return again();
}

/**
 * Moves the log into the database file, so that a copy of this file is complete. The driver's own close doesn't: with
 * prepared statements it leaves the connection and the log open.
 */
function checkpoint(writer: DatabaseSyncInstance): void {
  try {
    writer.exec('pragma wal_checkpoint(truncate)');
  } catch {
    // The log stays beside the file, and the next start reads both.
  }
}

/** `attempt` runs each statement. */
function statementsOn(database: DatabaseSyncInstance, attempt = <T>(run: () => T): T => run()): Statements {
  const prepared = new Map<string, StatementSyncInstance>();
  const prepare = (text: string): StatementSyncInstance => {
    const known = prepared.get(text);
    if (known) return known;
    const statement = database.prepare(dialect(text));
    prepared.set(text, statement);
    return statement;
  };
  const change = (text: string, parameters: Parameter[]) =>
    attempt(() => Number(prepare(text).run(...parameters).changes));
  return {
    all: <T>(text: string, ...parameters: Parameter[]) =>
      settled(() => attempt(() => prepare(text).all(...parameters) as T[])),
    get: <T>(text: string, ...parameters: Parameter[]) =>
      settled(() => attempt(() => prepare(text).get(...parameters) as T | undefined)),
    run: (text, ...parameters) => settled(() => change(text, parameters)),
    send: (text, ...parameters) => void change(text, parameters),
    sendOne(refused, text, ...parameters) {
      attempt(() => {
        if (Number(prepare(text).run(...parameters).changes) !== 1) throw refused();
      });
    },
  };
}

/** A transaction may never wait for a failed statement; its own outcome reports the failure. */
function settled<T>(run: () => T): Promise<T> {
  try {
    return Promise.resolve(run());
  } catch (error) {
    const rejection = Promise.reject(error);
    rejection.catch(() => undefined);
    return rejection;
  }
}

/**
 * Reads that yield to the event loop, because a list may need a thousand of them. Writes don't yield between statements:
 * one that is still pending when another fails would run in the next transaction.
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

/**
 * Rewrites what differs in SQLite: the auto-incrementing key, no row locks because there is one writer, and nothing of what
 * only PostgreSQL needs.
 */
export function dialect(sql: string): string {
  return (
    sql
      .replaceAll('{{sequence}}', 'integer primary key autoincrement')
      .replaceAll(/\{\{for (update|share)( of \w+)?\}\}/g, '')
      .replaceAll('{{skip locked}}', '')
      // With one writer the sequence is the order of the commits.
      .replaceAll('{{stamp}}', 'sequence')
      .replaceAll('{{is settled}}', 'true')
      .replaceAll(/\{\{on postgres\}\}[^;]*/g, '')
  );
}
