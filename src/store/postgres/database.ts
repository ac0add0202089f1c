import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Database, DatabaseUnavailableError, type Parameter, type Statements } from '../database.ts';
import { changingOne, dialect } from './dialect.ts';
import { failureOf, isConflict, isRowCountFailure } from './failure.ts';

/** How to retry after a conflict, or after a connection broke before the commit. */
const mostAttempts = 8;
const pauseMs = 5;
/** A database that takes this long to fail isn't retried: the caller gets the error. */
const patienceMs = 2000;

/** Settings of each connection; durations in ms. */
export interface PostgresOptions {
  url: string;
  /** The most connections; callers that find none free wait. */
  poolSize: number;
  /** A statement that takes longer is cancelled by the server or, if that doesn't respond, by this side soon after. */
  statementTimeoutMs: number;
  /** A transaction whose process is frozen loses its locks after this. */
  idleTransactionTimeoutMs: number;
}

export interface PostgresDatabase extends Database {
  /** Runs `work` under a lock that only one process can hold. */
  alone<T>(work: () => Promise<T>): Promise<T>;
}

/** An arbitrary number, the same for every Millrace in a database. */
const aloneKey = 709_020_150_709;

/** int8 and numeric, the types of counts and sums, arrive as text; all of ours are far below 2^53. */
const numberTypes = new Set([20, 1700]);

const types: pg.CustomTypesConfig = {
  getTypeParser: ((oid: number, format?: 'text') =>
    numberTypes.has(oid) ? Number : pg.types.getTypeParser(oid, format)) as pg.CustomTypesConfig['getTypeParser'],
};

/**
 * Opens a pool of connections. Each connection prepares and plans a statement once: with a bound `limit` PostgreSQL would
 * plan the claim each time, which took 1.4 to 1.6 times as long.
 */
export function openPostgres(options: PostgresOptions): PostgresDatabase {
  const pool = createPool(options);
  const prepared = prepareBy(dialect, 's');
  const preparedOne = prepareBy(changingOne, 'o');
  const withClient = async <T>(work: (client: pg.PoolClient) => Promise<T>): Promise<T> => {
    const client = await pool.connect().catch((error: unknown) => {
      throw failureOf(error);
    });
    let isBroken = false;
    try {
      return await work(client);
    } catch (error) {
      isBroken = error instanceof DatabaseUnavailableError;
      throw error;
    } finally {
      client.release(isBroken);
    }
  };
  const read: Database['read'] = (work) =>
    again(
      () => withClient((client) => work(statementsOn(client, { prepared, preparedOne }).statements)),
      isUnavailable,
    );
  const write: Database['write'] = (work) =>
    transact(withClient, (client) => statementsOn(client, { prepared, preparedOne }), work);
  return {
    read,
    write,
    // The disk is the database server's, so reserved space is its operator's concern.
    writeToFree: write,
    holdReserve: async () => undefined,
    // The state of a node's data folder says nothing about the database.
    condemn: () => undefined,
    check: () => read(async (sql) => void (await sql.get('select 1 as one'))),
    alone: (work) =>
      withClient(async (client) => {
        const lock = (sql: string) => query(client, { text: sql, values: [aloneKey] });
        await query(client, { text: 'set statement_timeout = 0' });
        await lock('select pg_advisory_lock($1)');
        try {
          return await work();
        } finally {
          await lock('select pg_advisory_unlock($1)');
          await query(client, { text: `set statement_timeout = ${options.statementTimeoutMs}` });
        }
      }),
    close: () => pool.end(),
  };
}

type Prepare = (sql: string) => { name: string; text: string };

/** Gives each statement a name, under which a connection prepares it once. */
function prepareBy(rewrite: (sql: string) => string, prefix: string): Prepare {
  const known = new Map<string, { name: string; text: string }>();
  return (sql) => {
    const found = known.get(sql);
    if (found) return found;
    const made = { name: `${prefix}${known.size}`, text: rewrite(sql) };
    known.set(sql, made);
    return made;
  };
}

function createPool(options: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    types,
    pipeline: true,
    application_name: 'millrace',
    keepAlive: true,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: options.statementTimeoutMs,
    query_timeout: options.statementTimeoutMs + 1000,
    onConnect(client: pg.ClientBase) {
      // The pool listens only to idle connections; one that breaks in a transaction would end the process.
      client.on('error', () => undefined);
      return client.query(sessionSettings(options)).then(() => undefined);
    },
  } as pg.PoolConfig);
  // The pool removes an idle connection that breaks.
  pool.on('error', () => undefined);
  return pool;
}

/** Returns the statements that make every connection independent of the server's settings. */
export function sessionSettings(
  options: Pick<PostgresOptions, 'statementTimeoutMs' | 'idleTransactionTimeoutMs'>,
): string {
  const settings = {
    default_transaction_isolation: "'read committed'",
    synchronous_commit: 'on',
    plan_cache_mode: 'force_generic_plan',
    // Each statement has its index. Other plans are cheaper only while a table is small, and plans are kept longer.
    enable_seqscan: 'off',
    enable_hashjoin: 'off',
    enable_mergejoin: 'off',
    // The latest row of a range is the last one of an index; an incremental sort reads the whole history of a pipeline.
    enable_incremental_sort: 'off',
    statement_timeout: options.statementTimeoutMs,
    idle_in_transaction_session_timeout: options.idleTransactionTimeoutMs,
    // A disconnected node holds its locks no longer than a frozen one.
    tcp_user_timeout: options.idleTransactionTimeoutMs,
  };
  return Object.entries(settings)
    .map(([name, value]) => `set ${name} = ${value}`)
    .join(';');
}

type WithClient = <T>(work: (client: pg.PoolClient) => Promise<T>) => Promise<T>;

/**
 * Runs a transaction, and again as long as nothing of it can have been committed. If the connection breaks during the
 * commit, the outcome is unknown: the caller gets DatabaseUnavailableError and has to retry.
 */
function transact<T>(
  withClient: WithClient,
  statementsFor: (client: pg.PoolClient) => NotedStatements,
  work: (sql: Statements) => Promise<T>,
): Promise<T> {
  let mayBeCommitted = false;
  const attempt = async (client: pg.PoolClient): Promise<T> => {
    const { statements, failure } = statementsFor(client);
    // Sent together with the first statement.
    statements.send('begin');
    let value: T;
    try {
      value = await work(statements);
      if (failure()) throw failure();
    } catch (error) {
      await query(client, { text: 'rollback' });
      throw failure() ?? error;
    }
    mayBeCommitted = true;
    // Sent behind what the work has sent: after a failed statement PostgreSQL responds to it with ROLLBACK.
    const { command } = await query(client, { text: 'commit' });
    if (command === 'COMMIT') return value;
    mayBeCommitted = false;
    throw failure() ?? new Error(`a transaction ended in ${command}`);
  };
  const once = (): Promise<T> => {
    mayBeCommitted = false;
    return withClient(attempt);
  };
  return again(once, (error) => isConflict(error) || (isUnavailable(error) && !mayBeCommitted));
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

/** Statements that remember the first failure. */
interface NotedStatements {
  statements: Statements;
  failure(): unknown;
}

function statementsOn(
  client: pg.ClientBase,
  { prepared, preparedOne }: Record<'prepared' | 'preparedOne', Prepare>,
): NotedStatements {
  let failure: unknown;
  const run = (sql: string, values: Parameter[], refused?: () => Error): Promise<pg.QueryResult> => {
    const result = query(client, { ...(refused ? preparedOne : prepared)(sql), values }).catch((error: unknown) => {
      failure ??= refused && isRowCountFailure(error) ? refused() : error;
      throw error;
    });
    // A transaction may never wait for it; its own outcome reports the failure.
    result.catch(() => undefined);
    return result;
  };
  const statements: Statements = {
    all: async <T>(sql: string, ...values: Parameter[]) => (await run(sql, values)).rows as T[],
    get: async <T>(sql: string, ...values: Parameter[]) => (await run(sql, values)).rows[0] as T | undefined,
    run: async (sql, ...values) => (await run(sql, values)).rowCount ?? 0,
    send: (sql, ...values) => void run(sql, values),
    sendOne: (refused, sql, ...values) => void run(sql, values, refused),
  };
  return { statements, failure: () => failure };
}

async function query(client: pg.ClientBase, config: pg.QueryConfig): Promise<pg.QueryResult> {
  sendTogether(client);
  try {
    return await client.query(config);
  } catch (error) {
    throw failureOf(error);
  }
}

/**
 * Sends all statements issued before the next tick in one write: with a write for each, a busy node spent half of its CPU
 * time on them.
 */
function sendTogether(client: pg.ClientBase): void {
  const { stream } = (client as unknown as { connection: { stream: Socket } }).connection;
  if (stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
