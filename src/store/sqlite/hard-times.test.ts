import { closeSync, copyFileSync, openSync, readdirSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import { type Database, DatabaseDamagedError, DatabaseUnavailableError, StorageFullError } from '../database.ts';
import { openSqlite } from './database.ts';
import { loadSqlite } from './driver.ts';

async function open(file = join(temporaryFolder(), 'x.sqlite')): Promise<{ file: string; database: Database }> {
  const database = await openOnce(file);
  await database.write((sql) =>
    sql.run('create table if not exists notes (id bigint not null primary key, text text)'),
  );
  return { file, database };
}

/** Closed by the test or after it. */
async function openOnce(file: string): Promise<Database> {
  const database = await openSqlite(file);
  let closed: Promise<void> | undefined;
  const close = () => {
    closed ??= database.close();
    return closed;
  };
  onTestFinished(close);
  return { ...database, close };
}

const insert = (database: Database, id: number, text = 'note') =>
  database.write((sql) => sql.run('insert into notes (id, text) values (?, ?)', id, text));

const count = (database: Database) =>
  database.read(async (sql) => (await sql.get<{ count: number }>('select count(*) as count from notes'))?.count);

/** Another program that has the file open. */
async function another(file: string): Promise<DatabaseSyncInstance> {
  const Sqlite = await loadSqlite();
  const other = new Sqlite(file);
  onTestFinished(() => other.close());
  return other;
}

test('while another program has the lock, writes wait, and reads and everything else continue', async () => {
  const { file, database } = await open();
  const other = await another(file);
  other.exec('begin immediate');
  const written = insert(database, 1);
  const begunAt = performance.now();
  for (let turn = 0; turn < 20; turn += 1) await pause(1);
  expect(await count(database)).toBe(0);
  expect(performance.now() - begunAt).toBeLessThan(2000);
  other.exec('rollback');
  await written;
  expect(await count(database)).toBe(1);
});

test('a permanent lock is reported as unavailable, for the next write immediately', async () => {
  const { file, database } = await open();
  const other = await another(file);
  other.exec('begin immediate');
  await expect(insert(database, 1)).rejects.toThrow(DatabaseUnavailableError);
  const askedAt = performance.now();
  await expect(insert(database, 2)).rejects.toThrow(DatabaseUnavailableError);
  expect(performance.now() - askedAt).toBeLessThan(1000);
  other.exec('rollback');
  await insert(database, 3);
});

test('after a sign of damage nothing is written any more, and check() reports it', async () => {
  const { file, database } = await open();
  for (let id = 0; id < 50; id += 1) await insert(database, id, 'x'.repeat(2000));
  await database.close();
  const { size } = statSync(file);
  const descriptor = openSync(file, 'r+');
  // Every page except the schema's.
  for (let page = 1; page < size / 4096; page += 1) writeSync(descriptor, Buffer.alloc(64, 0xa5), 0, 64, page * 4096);
  closeSync(descriptor);
  const damaged = await openOnce(file);
  await damaged.check();
  await expect(count(damaged)).rejects.toThrow(DatabaseDamagedError);
  await expect(insert(damaged, 1000)).rejects.toThrow(DatabaseDamagedError);
  await expect(damaged.check()).rejects.toThrow(DatabaseDamagedError);
});

test('a closed database has everything in one file', async () => {
  const { file, database } = await open();
  for (let id = 0; id < 20; id += 1) await insert(database, id, 'x'.repeat(5000));
  await database.close();
  const alone = join(temporaryFolder(), 'alone.sqlite');
  copyFileSync(file, alone);
  expect(await count((await open(alone)).database)).toBe(20);
});

test('deletions get the reserved space, and other writes are rejected until it is reserved again', async () => {
  const { file, database } = await open();
  for (let id = 0; id < 20; id += 1) await insert(database, id);
  await database.holdReserve();
  const reserve = `${file}-reserve`;
  expect(statSync(reserve)).toMatchObject({ size: 4 * 1024 * 1024 });
  expect(statSync(reserve).blocks * 512).toBeGreaterThanOrEqual(4 * 1024 * 1024);
  let isFull = true;
  const removed = await database.writeToFree(async (sql) => {
    if (isFull) {
      isFull = false;
      throw new StorageFullError(undefined);
    }
    return sql.run('delete from notes');
  });
  expect(removed).toBe(20);
  expect(statSync(reserve).size).toBe(0);
  await insert(database, 1);
  expect(statSync(reserve).size).toBe(4 * 1024 * 1024);
  expect(readdirSync(join(file, '..')).filter((name) => name.includes('draft'))).toEqual([]);
});
