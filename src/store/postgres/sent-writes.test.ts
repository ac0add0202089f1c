import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { createDatabase, type PostgresDatabase } from '../../../test/support/databases/postgres-database.ts';
import { OvertakenError, type Statements } from '../database.ts';
import { openPostgres } from './database.ts';

let ground: PostgresDatabase;
/** A connection outside the pool. */
let outside: pg.Client;

beforeAll(async () => {
  ground = await createDatabase({ isEmpty: true });
  outside = new pg.Client({ connectionString: ground.url });
  await outside.connect();
  await outside.query('create table counts (name text primary key, value bigint not null)');
});
beforeEach(async () => {
  await outside.query("delete from counts; insert into counts values ('a', 0), ('b', 0)");
});
afterAll(async () => {
  await outside.end();
  await ground.drop();
});

function open() {
  const durations = { statementTimeoutMs: 10_000, idleTransactionTimeoutMs: 10_000 };
  const database = openPostgres({ url: ground.url, poolSize: 1, ...durations });
  onTestFinished(() => database.close());
  return database;
}

async function counts(): Promise<number[]> {
  const { rows } = await outside.query('select value from counts order by name');
  return rows.map(({ value }) => Number(value));
}

const add = (sql: Statements, name: string) => sql.run('update counts set value = value + 1 where name = ?', name);

const addBehind = (sql: Statements, name: string) =>
  sql.send('update counts set value = value + 1 where name = ?', name);
const addToOne = (sql: Statements, name: string) =>
  sql.sendOne(() => new Error(`no ${name}`), 'update counts set value = value + 1 where name = ?', name);
test('a sent write is committed', async () => {
  const result = await open().write(async (sql) => {
    addBehind(sql, 'a');
    addToOne(sql, 'b');
    return 'done';
  });
  expect([result, await counts()]).toEqual(['done', [1, 1]]);
});

test('a server answers the commit behind a failed statement with a rollback', async () => {
  await outside.query('begin');
  await expect(outside.query('select nonsense')).rejects.toThrow();
  expect(await outside.query('commit')).toMatchObject({ command: 'ROLLBACK' });
});

test('begin, writes and commit are one round trip; a failed write costs another one for the rollback', async () => {
  const database = open();
  await database.check();
  const batches = vi.spyOn(pg.Client.prototype, 'query');
  onTestFinished(() => batches.mockRestore());
  await database.write(async (sql) => addToOne(sql, 'a'));
  expect(batches).toHaveBeenCalledTimes(1);
  await database.write(async (sql) => sql.send('select nonsense')).catch(() => undefined);
  expect(batches).toHaveBeenCalledTimes(3);
});

test('a query that nothing waits for fails the transaction too', async () => {
  const failing = open().write(async (sql) => {
    void sql.get('select nonsense');
    addBehind(sql, 'a');
  });
  await expect(failing).rejects.toMatchObject({ code: '42703' });
  expect(await counts()).toEqual([0, 0]);
});

test('a commit that fails is reported and leaves nothing', async () => {
  await outside.query('create table checked (name text references counts (name) deferrable initially deferred)');
  const failing = open().write(async (sql) => {
    addBehind(sql, 'a');
    sql.send("insert into checked values ('missing')");
  });
  await expect(failing).rejects.toMatchObject({ code: '23503' });
  expect(await counts()).toEqual([0, 0]);
});

test('a failed write fails the whole transaction with its error', async () => {
  const failing = open().write(async (sql) => {
    addBehind(sql, 'a');
    sql.send('select nonsense');
    addBehind(sql, 'b');
    return 'done';
  });
  await expect(failing).rejects.toMatchObject({ code: '42703' });
  expect(await counts()).toEqual([0, 0]);
});

test('a failed write is reported even if the work fails because of it', async () => {
  const failing = open().write(async (sql) => {
    sql.send('select nonsense');
    await add(sql, 'a');
  });
  await expect(failing).rejects.toMatchObject({ code: '42703' });
});

test.each(['40001', '23505'])('a conflict of a sent write makes the transaction run again (%s)', async (state) => {
  let runs = 0;
  const result = await open().write(async (sql) => {
    runs += 1;
    addBehind(sql, 'a');
    if (runs === 1) sql.send(`do $$ begin raise sqlstate '${state}'; end $$`);
    return runs;
  });
  expect([result, await counts()]).toEqual([2, [1, 0]]);
});

test.each([
  ['no row', "name = 'c'"],
  ['two rows', "name <> ''"],
])('a write that must change one row and changes %s fails the transaction', async (_, where) => {
  const failing = open().write(async (sql) => {
    addBehind(sql, 'a');
    sql.sendOne(() => new Error('not one'), `update counts set value = value + 1 where ${where}`);
    addBehind(sql, 'b');
  });
  await expect(failing).rejects.toThrow('not one');
  expect(await counts()).toEqual([0, 0]);
});

test.each([
  'insert into counts (name, value) select name, value from counts where name = ?',
  'delete from counts where name = ?',
])('a write that must change one row may be: %s', async (text) => {
  const failing = open().write(async (sql) => sql.sendOne(() => new Error('not one'), text, 'c'));
  await expect(failing).rejects.toThrow('not one');
});

test('a write that was overtaken makes the transaction run again', async () => {
  let runs = 0;
  await open().write(async (sql) => {
    runs += 1;
    addBehind(sql, 'a');
    const name = runs < 3 ? 'c' : 'b';
    sql.sendOne(() => new OvertakenError(), 'update counts set value = value + 1 where name = ?', name);
  });
  expect([runs, await counts()]).toEqual([3, [1, 1]]);
});

test('a division by zero of another statement is reported as such', async () => {
  const failing = open().write(async (sql) => {
    sql.send('select 1 / 0');
    addToOne(sql, 'a');
  });
  await expect(failing).rejects.toMatchObject({ code: '22012' });
});
