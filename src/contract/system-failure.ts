/**
 * A failure of the system: the disk, a process limit, the database file. It is neither a bug nor the fault of a
 * request, so every front door responds with 503, or 507 if the disk is full.
 */
export interface SystemFailure {
  /**
   * `full`: no space; `damaged`: the database is corrupt; `unavailable`: anything else, temporary or for an operator.
   */
  kind: 'full' | 'damaged' | 'unavailable';
  /** The system's or SQLite's code, such as `EMFILE` or `SQLITE_IOERR`; the closed list suits a metric. */
  code: string;
}

/** No space on the disk, in the quota, or within the maximum file size. */
const fullCodes = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/**
 * Refusals of the file system and the kernel. ENOENT and the like are included because missing objects never cause them
 * here: a data folder was removed or unmounted.
 */
const unavailableCodes = new Set([
  ...['EMFILE', 'ENFILE', 'ENOMEM', 'EAGAIN', 'EBUSY'],
  ...['EACCES', 'EPERM', 'EROFS'],
  ...['EIO', 'ENXIO', 'ENODEV', 'ESTALE', 'ETXTBSY', 'EUCLEAN', 'EBADF', 'ENOTCONN', 'EREMOTEIO'],
  ...['ENOENT', 'ENOTDIR', 'EISDIR', 'ELOOP', 'ENOTEMPTY'],
]);

/**
 * SQLite's primary codes for problems of the machine, not of the statement, with SQLite's texts: the driver for Node.js
 * 20 omits the code from some errors.
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

/** The longest chain of causes; a longer one is a circle. */
const maxDepth = 8;

/** Returns the system failure that caused an error, if it was one. */
export function systemFailureOf(error: unknown): SystemFailure | undefined {
  let cause = error;
  for (let depth = 0; cause instanceof Error && depth < maxDepth; depth += 1) {
    const failure = ownFailureOf(cause);
    if (failure) return failure;
    cause = cause.cause;
  }
  return undefined;
}

/** An error that declares its system failure. */
export interface NamesSystemFailure {
  readonly systemFailure: SystemFailure;
}

function ownFailureOf(error: Error & Partial<NamesSystemFailure>): SystemFailure | undefined {
  if (error.systemFailure) return error.systemFailure;
  const { code, errcode, syscall } = error as { code?: unknown; errcode?: unknown; syscall?: unknown };
  if (typeof code !== 'string') return undefined;
  if (code === 'ERR_SQLITE_ERROR') return sqliteFailureOf(error.message, errcode);
  if (fullCodes.has(code)) return { kind: 'full', code };
  // Only errors of the system have `syscall`; others may use the same codes.
  return typeof syscall === 'string' && unavailableCodes.has(code) ? { kind: 'unavailable', code } : undefined;
}

function sqliteFailureOf(message: string, errcode: unknown): SystemFailure | undefined {
  const failure = sqliteFailures.find((one) =>
    typeof errcode === 'number' ? one.errcode === (errcode & 0xff) : message.includes(one.text),
  );
  return failure && { kind: failure.kind, code: failure.code };
}
