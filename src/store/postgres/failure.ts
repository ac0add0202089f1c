import { DatabaseDamagedError, DatabaseUnavailableError, OvertakenError, StorageFullError } from '../database.ts';

/**
 * A statement that another transaction's work made impossible; the transaction may run again as if it had never begun. A
 * key that is there already may be one that came in after it was looked for: who looks again finds it.
 */
const conflicts = new Set(['40001', '40P01', '23505']);

/** No room on the disk, and a table or file that cannot grow. */
const full = new Set(['53100', '58030']);

/**
 * SQLSTATEs about the connection or the server and not the statement: also a password or a right that was taken away, a
 * database that is gone, and a standby that takes no writes.
 */
const unavailable = /^(08|28|57|53|58|XX|25P0[34]|25006|3D000|42501)/;

/** Pages or indexes that contradict themselves. */
const damaged = new Set(['XX001', 'XX002']);

/** Whether a transaction failed for what another one did at the same time. */
export function isConflict(error: unknown): boolean {
  return error instanceof OvertakenError || conflicts.has(stateOf(error) ?? '');
}

/**
 * What a rejected query means to the store: no room, a database that cannot be reached or does not answer in time, or
 * the error as it is. What has no SQLSTATE comes from the driver or the socket, so the connection has failed.
 */
export function failureOf(error: unknown): unknown {
  const state = stateOf(error);
  if (state === undefined) return new DatabaseUnavailableError(error);
  if (full.has(state)) return new StorageFullError(error);
  if (damaged.has(state)) return new DatabaseDamagedError(error);
  return unavailable.test(state) ? new DatabaseUnavailableError(error) : error;
}

/** The five characters by which the server tells its errors apart. */
function stateOf(error: unknown): string | undefined {
  const { code, severity } = error as { code?: unknown; severity?: unknown };
  return typeof code === 'string' && typeof severity === 'string' ? code : undefined;
}
