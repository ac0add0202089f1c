import { readdirSync } from 'node:fs';
import { onTestFinished } from 'vitest';
import { type PostgresServer, startPostgres } from '../support/databases/postgres-server.ts';

/** Debian's PostgreSQL server of a test's own: the oldest that is supported (15), with `pg_dump` of the same version. */
export async function startDebianPostgres(): Promise<PostgresServer> {
  const folder = '/usr/lib/postgresql';
  const [version] = readdirSync(folder).sort((left, right) => Number(left) - Number(right));
  const server = await startPostgres({ binaries: `${folder}/${version}/bin` });
  onTestFinished(() => server.stop());
  return server;
}
