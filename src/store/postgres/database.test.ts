import pg from 'pg';
import { expect, inject, onTestFinished, test } from 'vitest';
import { openPostgres } from './database.ts';

test('a connection that breaks between two statements of a transaction costs no more than another try', async () => {
  const url = inject('postgresUrl');
  const database = openPostgres({ url, poolSize: 1, statementTimeoutMs: 5000, idleTransactionTimeoutMs: 5000 });
  onTestFinished(() => database.close());
  const other = new pg.Client({ connectionString: url });
  await other.connect();
  onTestFinished(() => other.end());
  const seen: number[] = [];
  await database.write(async (sql) => {
    const row = await sql.get<{ pid: number }>('select pg_backend_pid() as pid');
    seen.push(row?.pid ?? 0);
    // Nobody waits for an answer on the connection now, so that its end is told by an event alone.
    if (seen.length === 1) await other.query('select pg_terminate_backend($1, 5000)', [row?.pid]);
    await sql.get('select 1 as one');
  });
  expect(seen).toHaveLength(2);
  expect(seen[1]).not.toBe(seen[0]);
});
