import { systemFailureOf } from '../../contract/system-failure.ts';
import { DatabaseDamagedError, DatabaseUnavailableError, StorageFullError } from '../database.ts';

/** Returns the store's error for a failed statement, or the error as it is. */
export function failureOf(error: unknown): unknown {
  if (error instanceof StorageFullError || error instanceof DatabaseUnavailableError) return error;
  const failure = systemFailureOf(error);
  if (!failure) return error;
  if (failure.kind === 'full') return new StorageFullError(error);
  return failure.kind === 'damaged' ? new DatabaseDamagedError(error) : new DatabaseUnavailableError(error);
}

/** Returns whether a statement failed because another program holds the lock. */
export function isLocked(error: unknown): boolean {
  return systemFailureOf(error)?.code === 'SQLITE_BUSY';
}
