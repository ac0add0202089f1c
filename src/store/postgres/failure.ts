import { DatabaseDamagedError, DatabaseUnavailableError, OvertakenError, StorageFullError } from '../database.ts';

/**
 * Conflicts with another transaction, after which the transaction may run again from its start. A duplicate key may have
 * been inserted after this transaction looked for it; the next attempt finds it.
 */
const conflicts = new Set(['40001', '40P01', '23505']);

/** The disk is full, or a file can't grow. */
const full = new Set(['53100', '58030']);

/**
 * SQLSTATEs about the connection or the server instead of the statement, including a revoked password or privilege, a
 * dropped database, and a standby that takes no writes.
 */
const unavailable = /^(08|28|57|53|58|XX|25P0[34]|25006|3D000|42501)/;

/** Corrupt pages or indexes. */
const damaged = new Set(['XX001', 'XX002']);

/** Returns whether a transaction failed because of a concurrent one. */
export function isConflict(error: unknown): boolean {
  return error instanceof OvertakenError || conflicts.has(stateOf(error) ?? '');
}

/** Returns whether a statement of `changingOne` failed because of its number of rows. */
export function isRowCountFailure(error: unknown): boolean {
  return stateOf(error) === '22012';
}

/**
 * Returns the store's error for a failed query: no space, a database that can't be reached or doesn't respond in time, or
 * the error as it is. An error without SQLSTATE comes from the driver or the socket, so the connection has failed.
 */
export function failureOf(error: unknown): unknown {
  const state = stateOf(error);
  if (state === undefined) return new DatabaseUnavailableError(error);
  if (full.has(state)) return new StorageFullError(error);
  if (damaged.has(state)) return new DatabaseDamagedError(error);
  return unavailable.test(state) ? new DatabaseUnavailableError(error) : error;
}

/** Returns whether the server reported the failure of a statement; otherwise its fate is unknown. */
export function isFromServer(error: unknown): boolean {
  return stateOf(error) !== undefined;
}

/** Returns the SQLSTATE. */
function stateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
