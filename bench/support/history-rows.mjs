// @ts-check
// A long history in minutes: what stands in a database of executions that have ended is written again and again under
// other ids, a table at a time, the oldest first. The rows are the product's own, whatever columns they have.
import { pg } from './peers.mjs';
import { loadSqlite } from './product.mjs';

/**
 * Parents before their children. The events of the jobs are as many rows again, are found by their job alone, and are
 * left out.
 */
const tables = ['executions', 'stage_executions', 'action_executions', 'jobs'];
const idColumns = ['id', 'execution_id', 'action_execution_id'];
const instantColumns = ['started_at', 'updated_at', 'created_at'];
/** Copies of one execution lie so far apart. */
const stepMs = 600_000;

/**
 * A database as this file needs it.
 *
 * @typedef {object} Database
 * @property {(sql: string) => Promise<Record<string, any>[]>} query
 * @property {(table: string) => Promise<string[]>} columns
 * @property {string} indexes selects name and text of the indexes that are there for reads only
 * @property {(count: number) => string} numbers a table with n from 1 to `count`
 * @property {(column: string) => string} scatter another id for each n, in no order as ids of the product are
 * @property {() => Promise<void>} close
 */

/**
 * Writes `copies` of every execution there is, or of those of the first few pipelines by name.
 *
 * @param {Database} database
 * @param {{ copies: number, pipelines?: number }} size
 */
export async function multiplyHistory(database, { copies, pipelines = 1_000_000 }) {
  const { query } = database;
  const indexes = (await query(database.indexes)).filter(({ table }) => tables.includes(table));
  // Indexes are cheaper to make once than to keep up row by row.
  for (const { name } of indexes) await query(`drop index ${name}`);
  await query(`create temp table copied as select id from pipelines order by name limit ${pipelines}`);
  for (const table of tables) {
    const rows = `select * from ${table} where pipeline_id in (select id from copied)`;
    await query(`create temp table copied_${table} as ${rows}`);
  }
  for (const table of tables) await multiply(database, table, copies);
  for (const table of ['', ...tables.map((name) => `_${name}`)]) await query(`drop table copied${table}`);
  for (const { text } of indexes) await query(text);
}

/**
 * @param {Database} database
 * @param {string} table
 * @param {number} copies
 */
async function multiply({ query, columns, numbers, scatter }, table, copies) {
  const names = (await columns(table)).filter((name) => name !== 'sequence');
  const values = names.map((name) => {
    if (idColumns.includes(name)) return scatter(`c.${name}`);
    if (instantColumns.includes(name)) return `c.${name} - (${copies} + 1 - n) * ${stepMs}`;
    // The place of the execution itself, which it has only now.
    if (name === 'execution_sequence')
      return `(select sequence from executions where id = ${scatter('c.execution_id')})`;
    return `c.${name}`;
  });
  await query(
    `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} ` +
      `from ${numbers(copies)} cross join copied_${table} c order by n, c.sequence`,
  );
}

/**
 * The file of an embedded store that nobody else has open. It is written without any care for the disk.
 *
 * @param {string} file
 * @returns {Promise<Database>}
 */
export async function openSqliteFile(file) {
  const database = new (await loadSqlite())(file);
  database.exec(
    'pragma journal_mode = delete; pragma journal_mode = off; pragma synchronous = off; pragma cache_size = -1000000',
  );
  database.exec('pragma foreign_keys = off; pragma temp_store = memory');
  const query = async (/** @type {string} */ sql) => /** @type {any[]} */ (database.prepare(sql).all());
  return {
    query,
    columns: async (table) => (await query(`pragma table_info(${table})`)).map(({ name }) => name),
    indexes:
      'select name, tbl_name as "table", sql as text from sqlite_master where type = \'index\' and sql is not null',
    numbers: (count) =>
      `(with recursive counted (n) as (select 1 union all select n + 1 from counted where n < ${count}) select n from counted)`,
    scatter: (column) => `printf('%08x', n * 2654435761 % 4294967296) || substr(${column}, 9)`,
    close: async () => {
      database.exec('pragma journal_mode = wal');
      database.close();
    },
  };
}

/**
 * A database of a PostgreSQL server, as a user who may leave its checks out.
 *
 * @param {string} connectionString
 * @returns {Promise<Database>}
 */
export async function openPostgresDatabase(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const query = async (/** @type {string} */ sql) => (await client.query(sql)).rows;
  await query("set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '1GB'");
  await query("set work_mem = '512MB'; set temp_buffers = '256MB'");
  return {
    query,
    columns: async (table) =>
      (await query(`select column_name as name from information_schema.columns where table_name = '${table}'`)).map(
        (/** @type {{ name: string }} */ { name }) => name,
      ),
    indexes:
      'select indexname as name, tablename as "table", indexdef as text from pg_indexes ' +
      'where not exists (select from pg_constraint where conname = indexname)',
    numbers: (count) => `generate_series(1, ${count}) n`,
    scatter: (column) => `lpad(to_hex(n * 2654435761 % 4294967296), 8, '0') || substr(${column}, 9)`,
    close: async () => {
      await query('vacuum analyze');
      await client.end();
    },
  };
}
