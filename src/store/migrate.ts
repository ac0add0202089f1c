import { readdirSync, readFileSync } from 'node:fs';
import { type Database, DatabaseUnavailableError } from './database.ts';

const folder = new URL('./migrations/', import.meta.url);

/** Lists the numbered schema files in order: `0001-pipelines.sql` is version 1. */
function migrations(): { version: number; sql: string }[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.sql'))
    .sort()
    .map((name) => ({ version: Number(name.slice(0, 4)), sql: readFileSync(new URL(name, folder), 'utf8') }));
}

/** The versions of the schema before and after; equal if there was nothing to do, `from` 0 for an empty database. */
export interface Migration {
  from: number;
  to: number;
}

/**
 * Brings the schema up to date, forward only, each version in its own transaction. Refuses the schema of a newer Millrace.
 * `dialect` rewrites the column types that differ.
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
      // The version comes first: a second node fails on its primary key before it touches the schema.
      await sql.run('insert into schema_versions (version) values (?)', version);
      for (const statement of statementsIn(dialect(text))) await sql.run(statement);
    });
  }
  return { from: current, to: newest };
}

/** Returns whether the schema is exactly the one of this program. */
export async function isUpToDate(database: Database): Promise<boolean> {
  try {
    const row = await database.read((sql) =>
      sql.get<{ version: number | null }>('select max(version) as version from schema_versions'),
    );
    return row?.version === migrations().at(-1)?.version;
  } catch (error) {
    if (error instanceof DatabaseUnavailableError) throw error;
    // An empty database doesn't have the table.
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
