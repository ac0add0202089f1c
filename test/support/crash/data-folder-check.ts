import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadSqlite } from '../../../src/store/sqlite/driver.ts';
import type { Ledger } from './ledger.ts';
import { checkRows, type Query } from './row-check.ts';

const database = 'millrace.sqlite';

const fileQuery = `select file_id from object_versions where file_id is not null
  union all select file_id from object_parts`;

/**
 * Checks the folder of a stopped server: its rows, and a file for each row that names one. With
 * `isSwept` there must be no other file.
 */
export async function checkDataFolder(folder: string, ledger: Ledger, { isSwept = false } = {}): Promise<void> {
  // Opens a copy, since recovery is left to the next server.
  const copy = await mkdtemp(join(tmpdir(), 'millrace-crash-copy-'));
  try {
    const names = (await readdir(folder)).filter((name) => name === database || name === `${database}-wal`);
    if (!names.includes(database)) return;
    for (const name of names) await cp(join(folder, name), join(copy, name));
    await withDatabase(join(copy, database), async (query) => {
      const tables = await query("select name from sqlite_schema where name = 'events'");
      await checkFile(query, ledger);
      // A server killed in its first second may not have created all tables.
      if (tables.length === 0) return;
      await checkRows(query, ledger);
      await checkFiles(folder, query, { ledger, isSwept });
    });
  } finally {
    await rm(copy, { recursive: true, force: true });
  }
}

async function withDatabase(file: string, work: (query: Query) => Promise<void>): Promise<void> {
  const Sqlite = await loadSqlite();
  const opened = new Sqlite(file);
  try {
    await work(async (sql) => opened.prepare(sql).all() as Awaited<ReturnType<Query>>);
  } finally {
    opened.close();
  }
}

async function checkFile(query: Query, { violations }: Ledger): Promise<void> {
  for (const { integrity_check: found } of await query('pragma integrity_check')) {
    if (found !== 'ok') violations.push(`the database is damaged: ${found}`);
  }
  const lost = await query('pragma foreign_key_check');
  if (lost.length > 0) violations.push(`rows refer to rows that are not there: ${JSON.stringify(lost.slice(0, 3))}`);
}

async function checkFiles(
  folder: string,
  query: Query,
  { ledger: { violations }, isSwept }: { ledger: Ledger; isSwept: boolean },
): Promise<void> {
  const named = new Set((await query(fileQuery)).map(({ file_id: id }) => String(id)));
  const stored = await filesIn(folder, 'objects');
  for (const id of named) if (!stored.has(id)) violations.push(`the file ${id} of a row is not there`);
  if (!isSwept) return;
  const left = [...stored, ...(await filesIn(folder, 'incoming'))].filter((id) => !named.has(id));
  if (left.length > 0) violations.push(`${left.length} files have no row, such as ${left[0]}`);
}

async function filesIn(folder: string, kind: 'objects' | 'incoming'): Promise<Set<string>> {
  const entries = await readdir(join(folder, 'objects', kind), { recursive: true, withFileTypes: true }).catch(
    () => [],
  );
  return new Set(entries.filter((entry) => entry.isFile()).map(({ name }) => name));
}
