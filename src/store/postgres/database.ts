import pg from 'pg';
import { type Database, DatabaseUnavailableError } from '../database.ts';
import { connectionOf } from './connection.ts';
import { failureOf } from './failure.ts';
import { createNames } from './names.ts';
import { readIn, type Session, transact } from './transaction.ts';

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

/**
 * Opens a pool of connections. Each connection prepares and plans a statement once: with a bound `limit` PostgreSQL would
 * plan the claim each time, which took 1.4 to 1.6 times as long.
 */
export function openPostgres(options: PostgresOptions): PostgresDatabase {
  const pool = createPool(options);
  const names = createNames();
  const timeoutMs = responseTimeoutMs(options);
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
  const inSession = <T>(work: (session: Session) => Promise<T>): Promise<T> =>
    withClient((client) => work({ connection: connectionOf(client, timeoutMs), names }));
  const read: Database['read'] = (work) => readIn(inSession, work);
  const write: Database['write'] = (work) => transact(inSession, work);
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
        const run = (text: string, values?: number[]) => query(client, { text, values, query_timeout: timeoutMs });
        await run('set statement_timeout = 0');
        await run('select pg_advisory_lock($1)', [aloneKey]);
        try {
          return await work();
        } finally {
          await run('select pg_advisory_unlock($1)', [aloneKey]);
          await run(`set statement_timeout = ${options.statementTimeoutMs}`);
        }
      }),
    close: () => pool.end(),
  };
}

/** The server cancels statements that take too long; if it doesn't, its connection has failed. */
function responseTimeoutMs({ statementTimeoutMs }: PostgresOptions): number {
  return statementTimeoutMs + 1000;
}

function createPool(options: PostgresOptions): pg.Pool {
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.poolSize,
    application_name: 'millrace',
    keepAlive: true,
    idleTimeoutMillis: 60_000,
    connectionTimeoutMillis: options.statementTimeoutMs,
    onConnect(client: pg.ClientBase) {
      // The pool listens only to idle connections; one that breaks in a transaction would end the process.
      client.on('error', () => undefined);
      const settings = { text: sessionSettings(options), query_timeout: responseTimeoutMs(options) };
      return query(client, settings).then(() => undefined);
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

/** Sends one query without preparing it. */
async function query(
  client: pg.ClientBase,
  config: pg.QueryConfig & { query_timeout: number },
): Promise<pg.QueryResult> {
  try {
    return await client.query(config);
  } catch (error) {
    throw failureOf(error);
  }
}
