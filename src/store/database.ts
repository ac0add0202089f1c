import { ServiceError } from '../contract/errors.ts';
import { type NamesSystemFailure, type SystemFailure, systemFailureOf } from '../contract/system-failure.ts';

/** A value for a `?` in a statement. Instants are integer milliseconds, documents JSON text, flags 0 or 1. */
export type Parameter = string | number | null;

/** A result row: column names as written in the statement, integers as numbers, text as strings, nulls as null. */
export type Row = Record<string, string | number | null>;

/**
 * The handle inside a transaction. SQL is written once, in the subset that SQLite and PostgreSQL share, with `?`
 * placeholders; each driver rewrites the differences. Statements run in the order of the calls. The first one that fails
 * makes its transaction fail with its error, whether anybody has waited for it or not.
 */
export interface Statements {
  /** Runs a query and returns every row. */
  all<T = Row>(sql: string, ...parameters: Parameter[]): Promise<T[]>;
  /** Runs a query and returns its first row. */
  get<T = Row>(sql: string, ...parameters: Parameter[]): Promise<T | undefined>;
  /** Runs a statement and returns the number of changed rows. */
  run(sql: string, ...parameters: Parameter[]): Promise<number>;
  /** Sends a write of which only the success matters. The commit may be sent right behind it, without a response between. */
  send(sql: string, ...parameters: Parameter[]): void;
  /**
   * Sends a write that must change exactly one row; otherwise the transaction fails with the error that `refused` makes.
   * It may be an insert, an update or a delete without `returning`.
   */
  sendOne(refused: () => Error, sql: string, ...parameters: Parameter[]): void;
}

/** Not enough space to store rows; nothing of the write was stored. */
export class StorageFullError extends ServiceError implements NamesSystemFailure {
  readonly systemFailure: SystemFailure;

  constructor(cause: unknown) {
    super('ServiceUnavailable', 'There is no room left for the database.');
    this.cause = cause;
    this.systemFailure = { kind: 'full', code: systemFailureOf(cause)?.code ?? 'DATABASE_FULL' };
  }
}

/**
 * The database can't be reached or doesn't respond in time. Nothing was written, unless the connection broke during the
 * commit: then the outcome is unknown and the caller has to retry.
 */
export class DatabaseUnavailableError extends ServiceError implements NamesSystemFailure {
  readonly systemFailure: SystemFailure;

  constructor(cause: unknown, { message = 'The database does not answer.', isDamaged = false } = {}) {
    super('ServiceUnavailable', message);
    this.cause = cause;
    const kind = isDamaged ? 'damaged' : 'unavailable';
    this.systemFailure = { kind, code: systemFailureOf(cause)?.code ?? `DATABASE_${kind.toUpperCase()}` };
  }
}

/**
 * The database is corrupt: its results can't be trusted, and writing may spread the damage. Writes are refused until the
 * operator has repaired it and restarted the server.
 */
export class DatabaseDamagedError extends DatabaseUnavailableError {
  constructor(cause: unknown) {
    super(cause, { message: 'The database is damaged.', isDamaged: true });
  }
}

/** Another transaction changed what this one had read before it wrote; it runs again from its start. */
export class OvertakenError extends Error {}

/** Thrown by work that leaves everything as it was, so that locks which change a row don't cost a commit. */
export class NothingWritten<T = unknown> extends Error {
  /** What the work would have returned. */
  readonly value: T;

  constructor(value: T) {
    super('nothing was written');
    this.value = value;
  }
}

/** A store driver. Work given to it awaits nothing but its own `Statements`, because a transaction blocks others. */
export interface Database {
  /** Runs `work` on a read connection, outside any lock. */
  read<T>(work: (sql: Statements) => Promise<T>): Promise<T>;
  /**
   * Runs `work` in a transaction, possibly more than once; resolves after the commit is durable. Rejects with nothing
   * written, with StorageFullError if there was no space.
   */
  write<T>(work: (sql: Statements) => Promise<T>): Promise<T>;
  /** Like `write`, for work that frees space: on a full disk it may use the reserved space. */
  writeToFree<T>(work: (sql: Statements) => Promise<T>): Promise<T>;
  /** Reserves space for `writeToFree` from now on; while none can be reserved, other writes are refused. */
  holdReserve(): Promise<void>;
  /** Refuses every write from now on, for a reason that the caller has found. */
  condemn(reason: string): void;
  /** Rejects when the database doesn't respond, or has been found damaged. */
  check(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Makes a transaction's result of an answer that it doesn't wait for: the commit is sent behind the statements without
 * their answers, and after it the function returns them. If a statement fails, the transaction does.
 */
export function afterCommit<T>(answer: Promise<T>): () => Promise<T> {
  answer.catch(() => undefined);
  return () => answer;
}

type Queries = Record<string, (sql: Statements, ...args: never[]) => Promise<unknown>>;

/** The queries without their first parameter, the transaction. */
export type Bound<Named extends Queries> = {
  [Name in keyof Named]: Named[Name] extends (sql: Statements, ...args: infer Args) => infer Result
    ? (...args: Args) => Result
    : never;
};

/** Turns queries into methods that each run in a read or a transaction of its own. */
export function bind<Named extends Queries>(
  database: Database,
  mode: 'read' | 'write' | 'writeToFree',
  queries: Named,
): Bound<Named> {
  const bound = Object.entries(queries).map(([name, query]) => [
    name,
    (...args: never[]) => database[mode]((sql) => query(sql, ...args)),
  ]);
  return Object.fromEntries(bound) as Bound<Named>;
}
