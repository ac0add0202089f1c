import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { inject } from 'vitest';

/** The database that has the schema and nothing else. */
export const templateDatabase = 'millrace_template';

/** A database of a test's own. */
export interface PostgresDatabase {
  url: string;
  drop(): Promise<void>;
}

/** The same server with another database. */
export function urlOf(url: string, database: string): string {
  const changed = new URL(url);
  changed.pathname = `/${database}`;
  return changed.href;
}

/** Makes a database on the run's server, with the schema unless it is to be empty. */
export async function createDatabase({ isEmpty = false } = {}): Promise<PostgresDatabase> {
  const server = inject('postgresUrl');
  const name = `millrace_${randomUUID().replaceAll('-', '')}`;
  await onServer(server, `create database ${name}${isEmpty ? '' : ` template ${templateDatabase}`}`);
  return { url: urlOf(server, name), drop: () => onServer(server, `drop database if exists ${name} with (force)`) };
}

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
