import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { migrate } from './migrate.ts';
import { openEmbeddedStore } from './open.ts';
import { dialect, openSqlite } from './sqlite/database.ts';

const numbers = readdirSync(new URL('./migrations/', import.meta.url))
  .map((name) => Number(name.slice(0, 4)))
  .sort((left, right) => left - right);
const newest = numbers.at(-1) ?? 0;

async function open(file: string) {
  const database = await openSqlite(file);
  onTestFinished(() => database.close());
  return database;
}

describe('the schema', () => {
  test('its numbers are there once each', () => {
    expect(new Set(numbers).size).toBe(numbers.length);
    expect(numbers[0]).toBe(1);
  });

  test('every version is written down, and a second start finds nothing to do', async () => {
    const database = await open(join(temporaryFolder(), 'x.sqlite'));
    const versions = () =>
      database.read((sql) => sql.all<{ version: number }>('select version from schema_versions order by version'));
    await migrate(database, dialect);
    expect((await versions()).map(({ version }) => version)).toEqual(numbers);
    await migrate(database, dialect);
    expect(await versions()).toHaveLength(numbers.length);
  });

  test('DESIGN §4: data of a newer Millrace is refused with a clear text, and nothing is changed', async () => {
    const folder = temporaryFolder();
    const file = join(folder, 'millrace.sqlite');
    const database = await open(file);
    await migrate(database, dialect);
    await database.write((sql) => sql.run('insert into schema_versions (version) values (9999)'));
    await expect(openEmbeddedStore(folder, () => 0)).rejects.toThrow(
      `The data was written by a newer Millrace (schema 9999; this one knows ${newest}). Start that version or a newer one.`,
    );
    const rows = await database.read((sql) => sql.all('select version from schema_versions'));
    expect(rows).toHaveLength(numbers.length + 1);
  });

  test('a version that fails leaves no trace of itself', async () => {
    const database = await open(join(temporaryFolder(), 'x.sqlite'));
    const broken = (sql: string) =>
      sql.includes('create table pipelines') ? `${dialect(sql)}; create nonsense` : dialect(sql);
    await expect(migrate(database, broken)).rejects.toThrow();
    const names = await database.read((sql) =>
      sql.all<{ name: string }>("select name from sqlite_master where type = 'table'"),
    );
    expect(names.map(({ name }) => name)).toEqual(['schema_versions']);
    await migrate(database, dialect);
  });
});
