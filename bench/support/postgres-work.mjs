// @ts-check
// What PostgreSQL does for a cycle, by its own statistics: statements of pg_stat_statements, transactions and rows of the
// databases' counters, and bytes of the write-ahead log.
/** @import { Scratch } from './scratch.mjs' */
import { setTimeout as sleep } from 'node:timers/promises';
import { PostgresServer } from './postgres.mjs';

/** A session reports what it counted after a second of work, or after being idle for ten. */
const reportedAfterMs = 11_000;

/**
 * @typedef {object} Counted
 * @property {string} database
 * @property {() => Promise<number>} work returns how many cycles were done
 *
 * @typedef {Record<typeof figures[number], number>} Work
 */
const figures = /** @type {const} */ (['statements', 'transactions', 'inserts', 'updates', 'hot', 'deletes', 'wal']);

/** @type {(of: (figure: typeof figures[number]) => number) => Work} */
function workOf(of) {
  return /** @type {Work} */ (Object.fromEntries(figures.map((figure) => [figure, of(figure)])));
}

/**
 * Starts a server whose work can be counted. Until then its extension counts nothing, since that costs the busiest side most.
 *
 * @param {Scratch} scratch
 */
export async function startCountable(scratch) {
  const postgres = await PostgresServer.start(scratch, ['--preload', 'pg_stat_statements']);
  await track(postgres, 'none');
  return postgres;
}

/** @type {(postgres: PostgresServer, which: 'none' | 'top') => Promise<void>} */
async function track(postgres, which) {
  await postgres.query(`alter system set pg_stat_statements.track = '${which}'`);
  await postgres.query('select pg_reload_conf()');
}

/**
 * Has each side do its work, one after another, and returns what the server did for a cycle of each.
 *
 * @param {PostgresServer} postgres
 * @param {Record<string, Counted | undefined>} sides
 * @returns {Promise<Record<string, Work>>}
 */
export async function countWork(postgres, sides) {
  await postgres.query('create extension if not exists pg_stat_statements');
  await track(postgres, 'top');
  await sleep(reportedAfterMs);
  const done = [];
  for (const [name, side] of Object.entries(sides)) {
    if (!side) continue;
    const before = await readWork(postgres, side.database);
    const cycles = await side.work();
    const { wal } = await readWork(postgres, side.database);
    done.push({ name, database: side.database, cycles, before, wal });
  }
  await sleep(reportedAfterMs);
  /** @type {Record<string, Work>} */
  const counted = {};
  for (const { name, database, cycles, before, wal } of done) {
    const after = { ...(await readWork(postgres, database)), wal };
    counted[name] = workOf((figure) => (after[figure] - before[figure]) / cycles);
  }
  return counted;
}

/**
 * @param {PostgresServer} postgres
 * @param {string} database
 * @returns {Promise<Work>}
 */
async function readWork(postgres, database) {
  const [rows] = await postgres.query(
    `select sum(n_tup_ins) as inserts, sum(n_tup_upd) as updates, sum(n_tup_hot_upd) as hot, sum(n_tup_del) as deletes
     from pg_stat_user_tables`,
    postgres.urlOf(database),
  );
  const [others] = await postgres.query(
    `select xact_commit as transactions, pg_current_wal_insert_lsn() - '0/0' as wal,
       (select coalesce(sum(calls), 0) from pg_stat_statements s where s.dbid = d.datid) as statements
     from pg_stat_database d where datname = '${database}'`,
  );
  return workOf((figure) => Number({ ...rows, ...others }[figure]));
}

/** @type {(what: string, work: Work) => Record<string, string | number>} */
export function workRow(what, { statements, transactions, inserts, updates, hot, deletes, wal }) {
  const rounded = (/** @type {number} */ value) => Number(value.toFixed(2));
  return {
    what: `PostgreSQL for a cycle, ${what}`,
    statements: rounded(statements),
    transactions: rounded(transactions),
    inserts: rounded(inserts),
    updates: rounded(updates),
    'HOT updates': rounded(hot),
    deletes: rounded(deletes),
    'WAL bytes': Math.round(wal),
  };
}
