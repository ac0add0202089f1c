import { readdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/databases/postgres-server.ts';

/** Starts a test's own PostgreSQL server from Debian: the oldest supported version (15), with the same `pg_dump`. */
export async function startDebianPostgres(): Promise<PostgresServer> {
  const folder = '/usr/lib/postgresql';
  const [version] = readdirSync(folder).sort((left, right) => Number(left) - Number(right));
  const server = await startPostgres({ binaries: `${folder}/${version}/bin` });
  onTestFinished(() => server.stop());
  return server;
}
