import { readdirSync, readFileSync } from 'node:fs';
import { type Database, DatabaseUnavailableError } from './database.ts';

const folder = new URL('./migrations/', import.meta.url);

/** The numbered schema files in order: `0001-pipelines.sql` is version 1. */
function migrations(): { version: number; sql: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), sql: readFileSync(new URL(name, folder), 'utf8') }));
}

/** From which version of the schema to which; the same two where there was nothing to do, and from 0 where there was none. */
export interface Migration {
  from: number;
  to: number;
}

/**
 * Brings the schema up to date, forward only, each version in a transaction of its own. Refuses a schema that a newer
 * Millrace has written. `dialect` rewrites the column types that differ.
 */
export async function migrate(database: Database, dialect: (sql: string) => string): Promise<Migration> {
  await database.write(async (sql) => {
    await sql.run('create table if not exists schema_versions (version bigint not null primary key)');
  });
  const known = migrations();
  const newest = known.at(-1)?.version ?? 0;
  const current = await database.read(async (sql) => {
    const row = await sql.get<{ version: number | null }>('select max(version) as version from schema_versions');
    return row?.version ?? 0;
  });
  if (current > newest) {
    throw new Error(
      `The data was written by a newer Millrace (schema ${current}; this one knows ${newest}). Start that version or a newer one.`,
    );
  }
  for (const { version, sql: text } of known.filter((migration) => migration.version > current)) {
    await database.write(async (sql) => {
      // The version row goes in first: a second starter runs into its primary key before it touches the schema.
      await sql.run('insert into schema_versions (version) values (?)', version);
      for (const statement of statementsIn(dialect(text))) await sql.run(statement);
    });
  }
  return { from: current, to: newest };
}

/** Whether there is nothing to bring up to date, and nothing to refuse. */
export async function isUpToDate(database: Database): Promise<boolean> {
  try {
    const row = await database.read((sql) =>
      sql.get<{ version: number | null }>('select max(version) as version from schema_versions'),
    );
    return row?.version === migrations().at(-1)?.version;
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw error;
    // Where nobody has been yet there is no such table.
    return false;
  }
}

function statementsIn(text: string): string[] {
  return text
    .replaceAll(/--.*$/gm, '')
    .split(';')
    .map((statement) => statement.trim())
    .filter((statement) => statement !== '');
}
