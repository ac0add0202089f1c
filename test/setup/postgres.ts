import pg from 'pg';
import type { TestProject } from 'vitest/node';
import { openPostgresStore } from '../../src/store/open.ts';
import { templateDatabase, urlOf } from '../support/databases/postgres-database.ts';
import { startPostgres } from '../support/databases/postgres-server.ts';

declare module 'vitest' {
  export interface ProvidedContext {
    postgresUrl: string;
  }
}

/**
 * One PostgreSQL server for the run: the one that DATABASE_URL names, whose user may create databases, else one from npm.
 * Its template has the schema, so that each test gets a database of its own in a moment.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const given = process.env.DATABASE_URL;
  const server = given ? undefined : await startPostgres();
  const url = given ?? server?.url ?? '';
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(`drop database if exists ${templateDatabase}`);
  await client.query(`create database ${templateDatabase}`);
  await client.end();
  const store = await openPostgresStore({ url: urlOf(url, templateDatabase) }, Date.now);
  await store.close();
  provide('postgresUrl', url);
  return async () => server?.stop();
}
