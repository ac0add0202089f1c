import type { Socket } from 'node:net';
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { type Database, DatabaseUnavailableError, type Parameter, type Statements } from '../database.ts';
import { dialect } from './dialect.ts';
import { failureOf, isConflict } from './failure.ts';

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
  const names = new Map<string, { name: string; text: string }>();
  const prepared = (sql: string) => {
    const known = names.get(sql);
    if (known) return known;
    const made = { name: `s${names.size}`, text: dialect(sql) };
    names.set(sql, made);
    return made;
  };
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
    again(() => withClient((client) => work(statementsOn(client, prepared))), isUnavailable);
  const write: Database['write'] = (work) => transact(withClient, (client) => statementsOn(client, prepared), work);
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
  statementsFor: (client: pg.PoolClient) => Statements,
  work: (sql: Statements) => Promise<T>,
): Promise<T> {
  let isCommitting = false;
  const attempt = async (client: pg.PoolClient): Promise<T> => {
    // Sent together with the first statement, which fails too if this does.
    const begun = query(client, { text: 'begin' });
    begun.catch(() => undefined);
    let value: T;
    try {
      value = await work(statementsFor(client));
      await begun;
    } catch (error) {
      await query(client, { text: 'rollback' });
      throw error;
    }
    isCommitting = true;
    const { command } = await query(client, { text: 'commit' });
    if (command !== 'COMMIT') throw new Error(`a transaction ended in ${command}: one of its statements had failed`);
    return value;
  };
  const once = (): Promise<T> => {
    isCommitting = false;
    return withClient(attempt);
  };
  return again(once, (error) => isConflict(error) || (isUnavailable(error) && !isCommitting));
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

function statementsOn(client: pg.ClientBase, prepared: (sql: string) => { name: string; text: string }): Statements {
  const run = (sql: string, values: Parameter[]) => query(client, { ...prepared(sql), values });
  return {
    all: async <T>(sql: string, ...values: Parameter[]) => (await run(sql, values)).rows as T[],
    get: async <T>(sql: string, ...values: Parameter[]) => (await run(sql, values)).rows[0] as T | undefined,
    run: async (sql, ...values) => (await run(sql, values)).rowCount ?? 0,
  };
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
