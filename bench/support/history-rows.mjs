// @ts-check
// Creates a long history in minutes: copies the rows of ended executions again and again under other ids, table by
// table, oldest first. The rows are the product's own, whatever columns they have.
import { closeSync, fsyncSync, openSync } from 'node:fs';
import { pg } from './peers.mjs';
import { loadSqlite } from './product.mjs';

/**
 * Parents before their children. Job events are left out: they would double the rows, but are only found by their job.
 */
const tables = ['executions', 'stage_executions', 'action_executions', 'jobs'];
const idColumns = ['id', 'execution_id', 'action_execution_id'];
const instantColumns = ['started_at', 'updated_at', 'created_at'];
/** Copies of one execution lie so far apart. */
const stepMs = 600_000;

/**
 * The access to a database that this file needs.
 *
 * @typedef {object} Database
 * @property {(sql: string) => Promise<Record<string, any>[]>} query
 * @property {(table: string) => Promise<string[]>} columns
 * @property {string} indexes selects name and definition of the indexes that only serve reads
 * @property {() => Promise<void>} close
 */

/**
 * Writes `copies` of every execution, or of those of the first few pipelines by name.
 *
 * @param {Database} database
 * @param {{ copies: number, pipelines?: number }} size
 */
export async function multiplyHistory(database, { copies, pipelines = 1_000_000 }) {
  const { query } = database;
  const indexes = (await query(database.indexes)).filter(({ table }) => tables.includes(table));
  // Creating the indexes afterwards is cheaper than updating them row by row.
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
 * Writes one copy at a time, so that nothing of this size needs sorting.
 *
 * @param {Database} database
 * @param {string} table
 * @param {number} copies
 */
async function multiply({ query, columns }, table, copies) {
  const names = (await columns(table)).filter((name) => name !== 'sequence');
  await query('begin');
  for (let copy = 1; copy <= copies; copy += 1) {
    // Each copy has its own ids, scattered like those of the product.
    const prefix = ((copy * 2654435761) % 2 ** 32).toString(16).padStart(8, '0');
    const idOf = (/** @type {string} */ name) => `'${prefix}' || substr(c.${name}, 9)`;
    const values = names.map((name) => {
      if (idColumns.includes(name)) return idOf(name);
      if (instantColumns.includes(name)) return `c.${name} - ${(copies + 1 - copy) * stepMs}`;
      // The sequence of the copied execution is known only now.
      if (name === 'execution_sequence') return `(select sequence from executions where id = ${idOf('execution_id')})`;
      return `c.${name}`;
    });
    await query(
      `insert into ${table} (${names.join(', ')}) select ${values.join(', ')} from copied_${table} c order by c.sequence`,
    );
  }
  await query('commit');
}

/**
 * Opens the file of an embedded store that no server uses. It is written without durability.
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
    close: async () => {
      database.exec('pragma journal_mode = wal');
      database.close();
      // Otherwise the system would write it during the measurement, where commits would wait for it.
      const written = openSync(file, 'r+');
      fsyncSync(written);
      closeSync(written);
    },
  };
}

/**
 * Opens a database of a PostgreSQL server, as a user who may disable its checks.
 *
 * @param {string} connectionString
 * @returns {Promise<Database>}
 */
export async function openPostgresDatabase(connectionString) {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const query = async (/** @type {string} */ sql) => (await client.query(sql)).rows;
  // Temporary tables hold the copied rows; their foreign keys need no check.
  await query("set session_replication_role = replica; set synchronous_commit = off; set maintenance_work_mem = '1GB'");
  await query("set temp_buffers = '256MB'");
  return {
    query,
    columns: async (table) =>
      (await query(`select column_name as name from information_schema.columns where table_name = '${table}'`)).map(
        (/** @type {{ name: string }} */ { name }) => name,
      ),
    indexes:
      'select indexname as name, tablename as "table", indexdef as text from pg_indexes ' +
      'where not exists (select from pg_constraint where conname = indexname)',
    close: async () => {
      await query('vacuum analyze');
      await client.end();
    },
  };
}
