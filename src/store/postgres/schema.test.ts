import { readdirSync } from 'node:fs';
import pg from 'pg';
import { afterAll, beforeAll, expect, onTestFinished, test } from 'vitest';
import { createDatabase, type PostgresDatabase } from '../../../test/support/databases/postgres-database.ts';
import { openPostgresStore } from '../open.ts';

const newest = Math.max(
  ...readdirSync(new URL('../migrations/', import.meta.url)).map((name) => Number(name.slice(0, 4))),
);

let ground: PostgresDatabase;

beforeAll(async () => {
  ground = await createDatabase();
});
afterAll(() => ground.drop());

async function query<Row extends pg.QueryResultRow>(url: string, text: string, values: unknown[] = []): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Row>(text, values)).rows;
  } finally {
    await client.end();
  }
}

const ownTables = "table_schema = 'public'";

test('every text column compares bytes', async () => {
  const columns = await query<{ place: string; collation_name: string | null }>(
    ground.url,
    `select table_name || '.' || column_name as place, collation_name from information_schema.columns
     where ${ownTables} and data_type in ('text', 'character varying')`,
  );
  expect(columns.length).toBeGreaterThan(60);
  expect(columns.filter(({ collation_name: name }) => name !== 'C')).toEqual([]);
  const [row] = await query(
    ground.url,
    `with put as (insert into settings (name, value) values ('a', ''), ('B', '') returning name)
     select (select string_agg(name, '' order by name) from put) as names, 'a' < 'B' collate "C" as is_first`,
  );
  expect(row).toEqual({ names: 'Ba', is_first: false });
});

test('every number is a bigint, and every auto-incrementing key an identity column', async () => {
  const numbers = await query<{ data_type: string }>(
    ground.url,
    `select distinct data_type from information_schema.columns where ${ownTables} and data_type <> 'text'`,
  );
  expect(numbers).toEqual([{ data_type: 'bigint' }]);
  const keys = await query<{ table_name: string; identity_generation: string | null }>(
    ground.url,
    `select table_name, identity_generation from information_schema.columns
     where ${ownTables} and column_name = 'sequence'`,
  );
  expect(keys.length).toBeGreaterThan(5);
  expect(keys.filter((key) => key.identity_generation !== 'BY DEFAULT')).toEqual([]);
});

test('the tables that every job writes have neither checks nor references, which cost a quarter of its computing', async () => {
  const constraints = await query(
    ground.url,
    `select conrelid::regclass as table, conname from pg_constraint where contype in ('c', 'f')
     and conrelid::regclass::text in ('jobs', 'job_events', 'action_executions', 'stage_executions', 'executions')`,
  );
  expect(constraints).toEqual([]);
});

test('five nodes that start concurrently on an empty database create one schema, and all serve', async () => {
  const empty = await createDatabase({ isEmpty: true });
  const stores = await Promise.all(
    Array.from({ length: 5 }, () => openPostgresStore({ url: empty.url, poolSize: 3 }, () => 0)),
  );
  onTestFinished(async () => {
    await Promise.all(stores.map((store) => store.close()));
    await empty.drop();
  });
  const values = await Promise.all(stores.map((store, index) => store.keepSetting('key', `value ${index}`)));
  expect(new Set(values).size).toBe(1);
  const versions = await query(empty.url, 'select version from schema_versions');
  expect(versions).toHaveLength(readdirSync(new URL('../migrations/', import.meta.url)).length);
});

test('data of a newer Millrace is rejected with a clear message, and the database closed', async () => {
  const newer = await createDatabase();
  onTestFinished(() => newer.drop());
  await query(newer.url, 'insert into schema_versions (version) values (9999)');
  await expect(openPostgresStore({ url: newer.url }, () => 0)).rejects.toThrow(
    `The data was written by a newer Millrace (schema 9999; this one knows ${newest}). Start that version or a newer one.`,
  );
  const left = () =>
    query(
      newer.url,
      "select pid from pg_stat_activity where application_name like 'millrace%' and datname = current_database()",
    );
  await expect.poll(left).toEqual([]);
});
