import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { systemFailureOf } from '../../contract/system-failure.ts';
import type { Statements } from '../database.ts';
import { createLockPatience } from './lock-patience.ts';

/** The most transactions in a commit, so that its first members don't wait long. */
const maxGroup = 64;

interface Waiting {
  work: (sql: Statements) => Promise<unknown>;
  resolve: (value: unknown) => void;
  reject: (error: unknown) => void;
}

/** The transactions of one writer, several to a commit. */
export interface WriterQueue {
  add<T>(work: (sql: Statements) => Promise<T>): Promise<T>;
  /** Resolves when the queue is empty. */
  drain(): Promise<void>;
}

/** The first failed statement of a member, after which none of its statements runs. */
export interface FirstFailure {
  attempt<T>(run: () => T): T;
  /** Returns the failure, and forgets it. */
  take(): { error: unknown } | undefined;
}

export function createFirstFailure(): FirstFailure {
  let failure: { error: unknown } | undefined;
  return {
    attempt(run) {
      if (failure) throw failure.error;
      try {
        return run();
      } catch (error) {
        failure = { error };
        throw error;
      }
    },
    take() {
      const taken = failure;
      failure = undefined;
      return taken;
    },
  };
}

interface Members {
  statements: Statements;
  failures: FirstFailure;
  /** Yields to the event loop between members. */
  pace(): Promise<void> | undefined;
}

/** All transactions that wait when a group begins share one commit, and none resolves before it. */
export function createWriterQueue(writer: DatabaseSyncInstance, members: Members): WriterQueue {
  let waiting: Waiting[] = [];
  let running: Promise<void> | undefined;
  const outwaitLock = createLockPatience();

  async function runGroups(): Promise<void> {
    while (waiting.length > 0) {
      // Begin first: transactions that arrive while another program has the lock belong to the group.
      const refused = await begin();
      const group = waiting.slice(0, maxGroup);
      waiting = waiting.slice(maxGroup);
      if (refused === undefined) await runGroup(writer, members, group);
      else for (const { reject } of group) reject(refused.error);
      // Requests that arrived during the commit get into the next group.
      await new Promise((resolve) => setImmediate(resolve));
    }
    running = undefined;
  }

  async function begin(): Promise<{ error: unknown } | undefined> {
    try {
      await outwaitLock(() => writer.exec('begin immediate'));
      return undefined;
    } catch (error) {
      rollBack(writer);
      return { error };
    }
  }

  return {
    add<T>(work: (sql: Statements) => Promise<T>): Promise<T> {
      return new Promise<T>((resolve, reject) => {
        waiting.push({ work, resolve: resolve as (value: unknown) => void, reject });
        running ??= new Promise((next) => setImmediate(next)).then(runGroups);
      });
    },
    async drain() {
      while (running) await running;
    },
  };
}

/** Runs each member in a savepoint of its own; the transaction has begun. */
async function runGroup(
  writer: DatabaseSyncInstance,
  { statements, failures, pace }: Members,
  group: Waiting[],
): Promise<void> {
  const settled: (() => void)[] = [];
  let isWritten = false;
  try {
    for (const { work, resolve, reject } of group) {
      await pace();
      writer.exec('savepoint member');
      try {
        const value = await work(statements);
        const failed = failures.take();
        if (failed) throw failed.error;
        settled.push(() => resolve(value));
        isWritten = true;
      } catch (thrown) {
        const { error } = failures.take() ?? { error: thrown };
        // After a full or failing disk, or corruption, no member can be trusted.
        if (systemFailureOf(error)) throw error;
        writer.exec('rollback to member');
        settled.push(() => reject(error));
      }
      writer.exec('release member');
    }
    // A commit would write the pages that the members have changed back.
    writer.exec(isWritten ? 'commit' : 'rollback');
  } catch (error) {
    rollBack(writer);
    for (const { reject } of group) reject(error);
    return;
  }
  for (const settle of settled) settle();
}

function rollBack(writer: DatabaseSyncInstance): void {
  try {
    writer.exec('rollback');
  } catch {
    // The failure has ended the transaction.
  }
}
