import type { DatabaseSyncInstance, StatementSyncInstance } from '@photostructure/sqlite';
import { type Database, type Parameter, type Statements, StorageFullError } from '../database.ts';
import { loadSqlite } from './driver.ts';
import { createPacer } from './pacer.ts';

const pace = createPacer();

/** Transactions in one commit at most, so that nobody waits long for a full group. */
const maxGroup = 64;

interface Waiting {
  work: (sql: Statements) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/**
 * Opens (or makes) an SQLite file: WAL, `synchronous=FULL`, one writer with group commit, one reader. All transactions
 * waiting when a group begins share one commit, each in a savepoint of its own, and nobody is answered before it.
 */
export async function openSqlite(file: string): Promise<Database> {
  const Sqlite = await loadSqlite();
  const writer = new Sqlite(file);
  writer.exec(
    'pragma journal_mode = wal; pragma synchronous = full; pragma foreign_keys = on; pragma busy_timeout = 5000',
  );
  const reader = new Sqlite(file);
  reader.exec('pragma query_only = on; pragma busy_timeout = 5000');
  const group = createGroup(writer);
  const readStatements = pacedStatements(statementsOn(reader));
  return {
    // A read is one statement or a few on committed rows; they need no common snapshot.
    read: (work) => work(readStatements),
    write: (work) => group.add(work),
    async close() {
      await group.drain();
      reader.close();
      writer.close();
    },
  };
}

function createGroup(writer: DatabaseSyncInstance) {
  const statements = statementsOn(writer);
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;

  async function runGroups(): Promise<void> {
    while (waiting.length > 0) {
      const group = waiting.slice(0, maxGroup);
      waiting = waiting.slice(maxGroup);
      await runGroup(writer, statements, group);
      // Requests that came in while the commit waited for the disk get into the next group.
      await new Promise((resolve) => setImmediate(resolve));
    }
    running = undefined;
  }

  return {
    add<T>(work: (sql: Statements) => Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
        running ??= new Promise((next) => setImmediate(next)).then(runGroups);
      });
    },
    async drain(): Promise<void> {
      while (running) await running;
    },
  };
}

async function runGroup(writer: DatabaseSyncInstance, statements: Statements, group: Waiting[]): Promise<void> {
  const settled: (() => void)[] = [];
  try {
    writer.exec('begin immediate');
    for (const { work, resolve, reject } of group) {
      await pace();
      writer.exec('savepoint member');
      try {
        const value = await work(statements);
        settled.push(() => resolve(value));
      } catch (error) {
        if (endsTheGroup(error)) throw error;
        writer.exec('rollback to member');
        settled.push(() => reject(error));
      }
      writer.exec('release member');
    }
    writer.exec('commit');
  } catch (error) {
    rollBack(writer);
    const failure = primaryCode(error) === diskIsFull ? new StorageFullError(error) : error;
    for (const { reject } of group) reject(failure);
    return;
  }
  for (const settle of settled) settle();
}

/** SQLite's primary codes for no memory, a failing disk and a full one: after them no member can be trusted. */
const diskIsFull = 13;
const groupEnders = new Set([7, 10, diskIsFull]);

function endsTheGroup(error: unknown): boolean {
  return groupEnders.has(primaryCode(error));
}

function primaryCode(error: unknown): number {
  const code = (error as { errcode?: unknown }).errcode;
  return typeof code === 'number' ? code & 0xff : 0;
}

function rollBack(writer: DatabaseSyncInstance): void {
  try {
    writer.exec('rollback');
  } catch {
    // The failure had ended the transaction already.
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
