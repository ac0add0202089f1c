import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** An empty database with the schema. */
export const templateDatabase = 'millrace_template';

/** A database for one test. */
export interface PostgresDatabase {
  url: string;
  drop(): Promise<void>;
}

/** Returns the server's URL with another database. */
export function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Creates a database on the run's server, with the schema unless it should be empty. */
export async function createDatabase({ isEmpty = false } = {}): Promise<PostgresDatabase> {
  const server = inject('postgresUrl');
  const name = `millrace_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `create database ${name}${isEmpty ? '' : ` template ${templateDatabase}`}`);
  return { url: urlOf(server, name), drop: () => onServer(server, `drop database if exists ${name} with (force)`) };
}

/** Databases of earlier tests of this process, emptied. */
const emptied: string[] = [];

/**
 * Returns a database with the schema and no rows, used again after `drop`: emptying one takes a twentieth of the time of
 * creating one. Only for tests that leave the schema alone.
 */
export async function reuseDatabase(): Promise<PostgresDatabase> {
  const url = emptied.pop() ?? (await createDatabase()).url;
  return {
    url,
    async drop() {
      await onServer(url, emptyAll);
      emptied.push(url);
    },
  };
}

/** Removes the databases that wait to be used again. */
export async function dropEmptied(): Promise<void> {
  const server = inject('postgresUrl');
  for (const url of emptied.splice(0)) {
    await onServer(server, `drop database ${new URL(url).pathname.slice(1)} with (force)`);
  }
}

/** Deletes all rows; a table that others still refer to gets another turn. */
const emptyAll = `do $$
declare
  name text;
  is_empty boolean;
begin
  loop
    is_empty := true;
    for name in select tablename from pg_tables where schemaname = 'public' and tablename <> 'schema_versions' loop
      begin
        execute format('delete from %I', name);
      exception when foreign_key_violation then
        is_empty := false;
      end;
    end loop;
    exit when is_empty;
  end loop;
  for name in select sequencename from pg_sequences where schemaname = 'public' loop
    execute format('alter sequence %I restart', name);
  end loop;
end $$`;

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
