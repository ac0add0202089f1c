import { open } from 'node:fs/promises';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { DatabaseUnavailableError } from '../database.ts';

/** The write-ahead log, which holds the latest commits. */
export interface LogFile {
  datasync(): Promise<void>;
  close(): Promise<void>;
}

/** Commits may be missing on the disk, so nothing that this process would say of its rows can be trusted. */
export class LogNotSyncedError extends DatabaseUnavailableError {
  constructor(cause: unknown) {
    super(cause, {
      message: 'The log of the database could not be written to the disk. Check the disk and restart the server.',
    });
  }
}

/** Opens the log of a database that is open. */
export function openLog(file: string): Promise<LogFile> {
  return open(`${file}-wal`, 'r+');
}

/** Waits for the disk outside the thread that runs the statements, so that the next group computes meanwhile. */
export interface LogSync {
  /** Resolves when all commits so far are on the disk. To be called after a commit. */
  sync(): Promise<void>;
  /** Resolves when everything that could be read so far is on the disk; undefined if it is already. */
  pending(): Promise<void> | undefined;
  close(): Promise<void>;
}

/**
 * One sync runs at a time, and the next one covers all commits made meanwhile. After a failure everything fails: the
 * system may have dropped what it could not write, and would report success the next time.
 */
export function createLogSync(log: LogFile): LogSync {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;

  const begin = (): Promise<void> => {
    const sync = log.datasync().catch((error: unknown) => {
      throw new LogNotSyncedError(error);
    });
    running = sync;
    sync.then(
      () => {
        if (running === sync) running = undefined;
      },
      () => undefined,
    );
    return sync;
  };
  const pending = () => next ?? running;
  return {
    sync() {
      if (!running) return begin();
      next ??= running.then(() => {
        next = undefined;
        return begin();
      });
      return next;
    },
    pending,
    async close() {
      await pending()?.catch(() => undefined);
      await log.close();
    },
  };
}

/** Statements whose changes SQLite counts. */
const isCounted = /^\s*(select|with|insert|update|delete)\b/i;

/** Counts what a connection writes: the count stays the same if nothing was written. */
export function countWrites(writer: DatabaseSyncInstance): { note(text: string): void; count(): number } {
  const total = writer.prepare('select total_changes() as changes');
  let others = 0;
  return {
    note(text) {
      if (!isCounted.test(text)) others += 1;
    },
    count: () => Number((total.get() as { changes: number }).changes) + others,
  };
}
