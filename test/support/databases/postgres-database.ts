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

async function onServer(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
