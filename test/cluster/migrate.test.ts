import { readdirSync, readFileSync } from 'node:fs';
import pg from 'pg';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../support/databases/postgres-database.ts';
import { withFile } from '../support/databases/sqlite-file.ts';
import { runMillrace } from '../support/requests/command-line.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const migrations = new URL('../../src/store/migrations/', import.meta.url);
const versions = readdirSync(migrations).map((name) => Number(name.slice(0, 4)));
const newest = Math.max(...versions);
const upToDate = `The schema is already at version ${newest}.`;

/** Returns the statements that take back the tables and columns of a migration. */
function undoing(version: number): string {
  const name = readdirSync(migrations).find((file) => Number(file.slice(0, 4)) === version) ?? '';
  const sql = readFileSync(new URL(name, migrations), 'utf8');
  const tables = [...sql.matchAll(/^create table (\w+)/gm)].map(([, table]) => `drop table ${table};`);
  const columns = [...sql.matchAll(/^alter table (\w+) add column (\w+)/gm)].map(
    ([, table, column]) => `alter table ${table} drop column ${column};`,
  );
  return [...tables, ...columns].join(' ');
}

async function database() {
  const made = await createDatabase({ isEmpty: true });
  onTestFinished(() => made.drop());
  return made.url;
}

test('an empty database is migrated once, however many nodes try at the same time', async () => {
  const url = await database();
  const ends = await Promise.all(Array.from({ length: 4 }, () => runMillrace('migrate', '--database-url', url)));
  expect(ends.map(({ code }) => code)).toEqual([0, 0, 0, 0]);
  const printed = ends.map(({ printed }) => printed[0]).sort();
  expect(printed).toEqual([`Schema: version 0 → ${newest}.`, upToDate, upToDate, upToDate]);
  expect(await (await startProcess(await temporaryFolder(), ['--database-url', url])).end('SIGTERM')).toBe(0);
});

test('a newer schema is rejected, and so is an unreachable database', async () => {
  const url = await database();
  await runMillrace('migrate', '--database-url', url);
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query('insert into schema_versions (version) values (9999)');
  await client.end();
  const newer = await runMillrace('migrate', '--database-url', url);
  expect([newer.code, newer.complained]).toEqual([
    1,
    [expect.stringContaining(`(schema 9999; this one knows ${newest})`)],
  ]);
  const missing = await runMillrace('migrate', '--database-url', `${url}x`);
  expect([missing.code, missing.complained]).toEqual([1, [expect.stringContaining('does not exist')]]);
  expect(await runMillrace('migrate', '--database-url', 'postgres://nowhere')).toMatchObject({ code: 2 });
});

test('a data folder can be migrated while no server uses it', async () => {
  const folder = await temporaryFolder();
  const migrate = () => runMillrace('migrate', '--data', folder);
  expect(await migrate()).toMatchObject({ code: 1, complained: [expect.stringContaining('holds no state')] });
  const server = await startProcess(folder);
  expect(await migrate()).toMatchObject({ code: 1, complained: [expect.stringContaining('in use')] });
  await server.end('SIGTERM');
  expect(await migrate()).toMatchObject({ code: 0, printed: [upToDate] });
  // Undoing the newest migration leaves the schema of an older version.
  await withFile(folder, (file) => {
    file.exec(undoing(newest));
    file.exec(`delete from schema_versions where version = ${newest}`);
  });
  expect(await migrate()).toMatchObject({
    code: 0,
    printed: [`Schema: version ${versions.sort((a, b) => b - a)[1]} → ${newest}.`],
  });
  expect(await (await startProcess(folder)).end('SIGTERM')).toBe(0);
});
