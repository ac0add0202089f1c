/**
 * Failures of the system below the program: the disk, the limits of the process, the database file. They are no bug of
 * the program and no fault of a request, so every front door answers 503, or 507 where there is no room, and no door
 * has a list of its own.
 */
export interface SystemFailure {
  /**
   * `full`: there is no room; `damaged`: the database contradicts itself; `unavailable`: anything else that may pass or
   * that an operator mends.
   */
  kind: 'full' | 'damaged' | 'unavailable';
  /** The system's or SQLite's name of it, such as `EMFILE` or `SQLITE_IOERR`: from a closed list, fit for a metric. */
  code: string;
}

/** No room on the disk, in the quota, or in the longest file that is allowed. */
const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * What the file system and the kernel refuse. ENOENT and its like are here because no door lets them through for a
 * missing object: a folder of ours was removed or unmounted.
 */
const unavailableCodes = new Set([
  ...['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY'],
  ...['EACCES', 'EPERM', 'EROFS'],
  ...['EIO', 'ENXIO', 'ENODEV', 'ESTALE', 'ETXTBSY', 'EUCLEAN', 'EBADF', 'ENOTCONN', 'EREMOTEIO'],
  ...['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENOTEMPTY'],
]);

/**
 * SQLite's primary codes that say something about the machine and nothing about the statement, with SQLite's own texts:
 * the driver for Node.js 20 leaves the code out of some errors.
 */
const sqliteFailures: (SystemFailure & { errcode: number; text: string })[] = [
  { errcode: 3, kind: 'unavailable', code: 'SQLITE_PERM', text: 'access permission denied' },
  { errcode: 5, kind: 'unavailable', code: 'SQLITE_BUSY', text: 'database is locked' },
  { errcode: 6, kind: 'unavailable', code: 'SQLITE_LOCKED', text: 'database table is locked' },
  { errcode: 7, kind: 'unavailable', code: 'SQLITE_NOMEM', text: 'out of memory' },
  { errcode: 8, kind: 'unavailable', code: 'SQLITE_READONLY', text: 'attempt to write a readonly database' },
  { errcode: 10, kind: 'unavailable', code: 'SQLITE_IOERR', text: 'disk I/O error' },
  { errcode: 11, kind: 'damaged', code: 'SQLITE_CORRUPT', text: 'database disk image is malformed' },
  { errcode: 13, kind: 'full', code: 'SQLITE_FULL', text: 'database or disk is full' },
  { errcode: 14, kind: 'unavailable', code: 'SQLITE_CANTOPEN', text: 'unable to open database file' },
  { errcode: 15, kind: 'unavailable', code: 'SQLITE_PROTOCOL', text: 'locking protocol' },
  { errcode: 26, kind: 'damaged', code: 'SQLITE_NOTADB', text: 'file is not a database' },
];

/** How deep errors wrap each other at most; a longer chain is a circle. */
const maxDepth = 8;

/** Returns what an error, or what caused it, says about the system; undefined for a bug, a refusal, a broken socket. */
export function systemFailureOf(error: unknown): SystemFailure | undefined {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < maxDepth; depth += 1) {
    const failure = ownFailureOf(cause);
    if (failure) return failure;
    cause = cause.cause;
  }
  return undefined;
}

/** An error that says itself which failure of the system it is. */
export interface NamesSystemFailure {
  readonly systemFailure: SystemFailure;
}

function ownFailureOf(error: Error & Partial<NamesSystemFailure>): SystemFailure | undefined {
  if (error.systemFailure) return error.systemFailure;
  const { code, errcode, syscall } = error as { code?: unknown; errcode?: unknown; syscall?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === 'ERR_SQLITE_ERROR') return sqliteFailureOf(error.message, errcode);
  if (fullCodes.has(code)) return { kind: 'full', code };
  // Only the system's own errors name the call that failed; others may use the same words.
  return typeof syscall === 'string' && unavailableCodes.has(code) ? { kind: 'unavailable', code } : undefined;
}

function sqliteFailureOf(message: string, errcode: unknown): SystemFailure | undefined {
  const failure = sqliteFailures.find((one) =>
    typeof errcode === 'number' ? one.errcode === (errcode & 0xff) : message.includes(one.text),
  );
  return failure && { kind: failure.kind, code: failure.code };
}
