import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { stepsOn } from '../../../test/conformance/steps.ts';
import { createDatabase } from '../../../test/support/databases/postgres-database.ts';
import { createTestClock } from '../../../test/support/engine/test-clock.ts';
import { appendToJob, logHomeOf, readText } from '../../../test/support/logs/log-steps.ts';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import { catalogue, scope } from '../../../test/support/pipelines/declarations.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import type { Database } from '../database.ts';
import { migrate } from '../migrate.ts';
import { createNotifications } from '../notifications.ts';
import { dialect, openSqlite } from '../sqlite/database.ts';
import { createStore } from '../store.ts';
import { openPostgres } from './database.ts';
import { schemaDialect } from './dialect.ts';

const stores: [string, () => Promise<{ database: Database; translate: (sql: string) => string }>][] = [
  [
    'SQLite',
    async () => {
      const database = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
      onTestFinished(() => database.close());
      return { database, translate: dialect };
    },
  ],
  [
    'PostgreSQL',
    async () => {
      const { url, drop } = await createDatabase({ isEmpty: true });
      const options = { poolSize: 2, statementTimeoutMs: 60_000, idleTransactionTimeoutMs: 60_000 };
      const database = openPostgres({ url, ...options });
      onTestFinished(() => database.close().then(drop));
      return { database, translate: schemaDialect };
    },
  ],
];

const migration0038 = readFileSync(new URL('../migrations/0038-logs.sql', import.meta.url), 'utf8');

test.each(stores)('0038 on %s keeps the logs of jobs, which go on where they were', async (_name, open) => {
  const { database, translate } = await open();
  await migrate(database, (sql) => (sql === migration0038 ? 'select 1' : translate(sql)));
  const clock = createTestClock();
  const store = createStore(database, { now: clock.now, limits: defaultQuotas, notifications: createNotifications() });
  const steps = stepsOn(
    () => store,
    () => ({ clock, pipelines: 0 }),
  );
  for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, clock.at);
  await steps.create();
  const { job } = await steps.claimOne();
  await store.jobs.acknowledge(job.id, '3');
  await database.write(async (sql) => {
    const insert = 'insert into job_log_chunks (job_id, start_offset, text, size_bytes, is_cut) values (?, ?, ?, ?, 0)';
    await sql.run(insert, job.id, 0, 'grüße\ntwo\nth', 14);
    await sql.run(insert, job.id, 14, 'ree\n', 4);
    await sql.run('insert into job_log_ends (job_id, next_offset, held) values (?, ?, ?)', job.id, 21, 'sealed');
  });

  await database.write(async (sql) => {
    for (const statement of translate(migration0038).replaceAll(/--.*$/gm, '').split(';')) {
      if (statement.trim() !== '') await sql.run(statement);
    }
  });
  const home = logHomeOf(store, undefined);
  const text = 'grüße\ntwo\nthree\n';
  expect(await readText(home, job.id)).toEqual({ text, nextOffset: 18, isCut: false, held: 'sealed' });
  expect(await store.logs.find(job.id)).toMatchObject({ ...scope, group: '/millrace/jobs/Mill', lines: 3, bytes: 18 });
  expect(await store.logs.findLine(job.id, 3)).toEqual({ startOffset: 14, firstLine: 2 });
  const holdBack = (more: string, held?: string) => ({ text: `${held}${more}`, heldBytes: 0 });
  await appendToJob(home, job.id, ' four\n', { offset: 21, holdBack });
  expect((await readText(home, job.id)).text).toBe(`${text}sealed four\n`);
});
