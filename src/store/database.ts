import { ServiceError } from '../contract/errors.ts';
import { type NamesSystemFailure, type SystemFailure, systemFailureOf } from '../contract/system-failure.ts';

/** A value bound to a `?` of a statement. Instants are integer milliseconds, documents JSON text, flags 0 or 1. */
export type Parameter = string | number | null;

/** One result row: column names as written in the statement, integers as numbers, text as strings, nulls as null. */
export type Row = Record<string, string | number | null>;

/**
 * The handle inside a transaction. SQL is written once, in the subset that SQLite and PostgreSQL share, with `?`
 * placeholders; each driver rewrites what differs.
 */
export interface Statements {
  /** Runs a query and returns every row. */
  all<T = Row>(sql: string, ...parameters: Parameter[]): Promise<T[]>;
  /** Runs a query and returns its first row. */
  get<T = Row>(sql: string, ...parameters: Parameter[]): Promise<T | undefined>;
  /** Runs a statement and returns how many rows it changed. */
  run(sql: string, ...parameters: Parameter[]): Promise<number>;
}

/** A write found no room where the store keeps its rows; nothing of it is there. */
export class StorageFullError extends ServiceError implements NamesSystemFailure {
  readonly systemFailure: SystemFailure;

  constructor(cause: unknown) {
    super('ServiceUnavailable', 'There is no room left for the database.');
    this.cause = cause;
    this.systemFailure = { kind: 'full', code: systemFailureOf(cause)?.code ?? 'DATABASE_FULL' };
  }
}

/**
 * The database cannot be reached or does not answer in time. Nothing was written, unless it broke off while it committed:
 * then nobody knows, and whoever asked has to ask again.
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
 * The database contradicts itself: what it answers cannot be trusted, and writing may spread the damage. Writes are
 * refused until the operator has put it right and started the server again.
 */
export class DatabaseDamagedError extends DatabaseUnavailableError {
  constructor(cause: unknown) {
    super(cause, { message: 'The database is damaged.', isDamaged: true });
  }
}

/** What a transaction has looked at was changed by another before it wrote: it runs again from its start. */
export class OvertakenError extends Error {}

/** A store driver. Work given to it awaits nothing but its own `Statements`: a transaction holds up its neighbours. */
export interface Database {
  /** Runs `work` on a read connection, outside any lock. */
  read<T>(work: (sql: Statements) => Promise<T>): Promise<T>;
  /** Runs `work` in a transaction; resolves only after the commit is durable, rejects with nothing written, for lack of room with StorageFullError. It may run `work` more than once. */
  write<T>(work: (sql: Statements) => Promise<T>): Promise<T>;
  /** As `write`, for work that makes room: it may take the space that is kept back for it when the disk is full. */
  writeToFree<T>(work: (sql: Statements) => Promise<T>): Promise<T>;
  /** Keeps back, from now on, the space that `writeToFree` may take; other writes are refused while there is none. */
  holdReserve(): Promise<void>;
  /** Refuses every write from now on, for a reason that the caller has found. */
  condemn(reason: string): void;
  /** Rejects when the database does not answer, or has been found damaged. */
  check(): Promise<void>;
  close(): Promise<void>;
}
