import { setTimeout as pause } from 'node:timers/promises';
import { DatabaseUnavailableError, type Parameter, type Row, type Statements } from '../database.ts';
import { type Connection, type Result, SkippedError } from './connection.ts';
import { isConflict, isRowCountFailure } from './failure.ts';
import type { Names } from './names.ts';

/** How to retry after a conflict, or after a connection broke before the commit. */
const mostAttempts = 8;
const pauseMs = 5;
/** A database that takes this long to fail isn't retried: the caller gets the error. */
const patienceMs = 2000;

/** Where statements run, and the names under which they are prepared there. */
export interface Session {
  connection: Connection;
  names: Names;
}

/** Runs work on a connection of the pool. */
type InSession = <T>(work: (session: Session) => Promise<T>) => Promise<T>;

/**
 * Runs a transaction, and again as long as nothing of it can have been committed. If the connection breaks during the
 * commit, the outcome is unknown: the caller gets DatabaseUnavailableError and has to retry.
 */
export function transact<T>(inSession: InSession, work: (sql: Statements) => Promise<T>): Promise<T> {
  let mayBeCommitted = false;
  const attempt = async (session: Session): Promise<T> => {
    const { statements, failure, execute } = statementsOn(session);
    // Sent together with the first statement.
    statements.send('begin');
    let value: T;
    try {
      value = await work(statements);
      if (failure()) throw failure();
    } catch (error) {
      await execute('rollback');
      throw failure() ?? error;
    }
    mayBeCommitted = true;
    // Sent behind what the work has sent: after a failed statement the server skips it, or responds with ROLLBACK.
    const tag = await execute('commit').catch((error: unknown) => {
      if (!(error instanceof SkippedError)) throw error;
      return execute('rollback');
    });
    if (tag === 'COMMIT') return value;
    mayBeCommitted = false;
    throw failure();
  };
  const once = (): Promise<T> => {
    mayBeCommitted = false;
    return inSession(attempt);
  };
  return again(once, (error) => isConflict(error) || (isUnavailable(error) && !mayBeCommitted));
}

/** Runs reads outside any transaction. */
export function readIn<T>(inSession: InSession, work: (sql: Statements) => Promise<T>): Promise<T> {
  return again(() => inSession((session) => work(statementsOn(session).statements)), isUnavailable);
}

async function again<T>(work: () => Promise<T>, mayRepeat: (error: unknown) => boolean): Promise<T> {
  const begunAt = performance.now();
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      const isEnough = attempt === mostAttempts || performance.now() - begunAt > patienceMs;
      if (isEnough || !mayRepeat(error)) throw error;
      await pause(pauseMs * attempt);
    }
  }
}

function isUnavailable(error: unknown): boolean {
  return error instanceof DatabaseUnavailableError;
}

interface NotedStatements {
  statements: Statements;
  /** Returns the first failure of a statement. */
  failure(): unknown;
  /** Runs a statement whose failure is not one of the transaction's; returns the server's tag. */
  execute(sql: string): Promise<string>;
}

function statementsOn({ connection, names }: Session): NotedStatements {
  let failure: unknown;
  const note = (error: unknown) => {
    failure ??= error;
  };
  const query = <T>(sql: string, values: Parameter[], read: (result: Result) => T): Promise<T> => {
    const answer = new Promise<T>((resolve, reject) =>
      connection.add({
        statement: names.of(sql),
        values,
        resolve: (result) => resolve(read(result)),
        reject(error) {
          note(error);
          reject(error);
        },
      }),
    );
    // A transaction may never wait for it; its own outcome reports the failure.
    answer.catch(ignore);
    return answer;
  };
  const statements: Statements = {
    all: <T = Row>(sql: string, ...values: Parameter[]) => query(sql, values, ({ rows }) => rows as T[]),
    get: <T = Row>(sql: string, ...values: Parameter[]) => query(sql, values, ({ rows }) => rows[0] as T | undefined),
    run: (sql, ...values) => query(sql, values, changedRows),
    send: (sql, ...values) => connection.add({ statement: names.of(sql), values, resolve: ignore, reject: note }),
    sendOne(refused, sql, ...values) {
      const reject = (error: unknown) => note(isRowCountFailure(error) ? refused() : error);
      connection.add({ statement: names.ofChangingOne(sql), values, resolve: ignore, reject });
    },
  };
  const execute = (sql: string) =>
    new Promise<string>((resolve, reject) =>
      connection.add({ statement: names.of(sql), values: [], resolve: ({ tag }) => resolve(tag), reject }),
    );
  return { statements, failure: () => failure, execute };
}

/** Reads it from a tag such as `UPDATE 1`. */
function changedRows({ tag }: Result): number {
  return Number(tag.slice(tag.lastIndexOf(' ') + 1)) || 0;
}

function ignore(): void {}
