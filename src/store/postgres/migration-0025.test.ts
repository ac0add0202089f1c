import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { continuationDelayMs, leaseMs, type Steps, stepsOn } from '../../../test/conformance/steps.ts';
import { createDatabase } from '../../../test/support/databases/postgres-database.ts';
import { createTestClock, type TestClock } from '../../../test/support/engine/test-clock.ts';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import {
  action,
  buildType,
  catalogue,
  declare,
  scope,
  source,
  stage,
} from '../../../test/support/pipelines/declarations.ts';
import { newestNonce } from '../../model/job.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import type { Database, Row } from '../database.ts';
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
      const database = openPostgres({
        url,
        poolSize: 2,
        statementTimeoutMs: 60_000,
        idleTransactionTimeoutMs: 60_000,
      });
      onTestFinished(() => database.close().then(drop));
      return { database, translate: schemaDialect };
    },
  ],
];

const migration0025 = readFileSync(new URL('../migrations/0025-rows-of-jobs.sql', import.meta.url), 'utf8');

const tables = ['executions', 'stage_executions', 'action_executions', 'jobs', 'job_events', 'pipelines'];

async function rowsOf(database: Database): Promise<Record<string, Row[]>> {
  const found: Record<string, Row[]> = {};
  for (const table of tables) {
    found[table] = await database.read((sql) => sql.all(`select * from ${table} order by 1`));
  }
  return found;
}

test.each(stores)('0025 on %s keeps every row, and workers go on in the middle of their jobs', async (_name, open) => {
  const { database, translate } = await open();
  // Today's store makes the rows, so all other migrations come first.
  await migrate(database, (sql) => (sql === migration0025 ? 'select 1' : translate(sql)));
  const clock = createTestClock();
  const store = createStore(database, { now: clock.now, limits: defaultQuotas, notifications: createNotifications() });
  const fixture = { clock, pipelines: 0 };
  const steps = stepsOn(
    () => store,
    () => fixture,
  );
  for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, clock.at);
  const made = await makeJobs(steps, clock);
  const old = await rowsOf(database);
  expect(new Set(old.jobs?.map(({ status }) => status))).toEqual(
    new Set(['Queued', 'Dispatched', 'InProgress', 'Succeeded', 'Failed']),
  );

  await database.write(async (sql) => {
    for (const statement of translate(migration0025).replaceAll(/--.*$/gm, '').split(';')) {
      if (statement.trim() !== '') await sql.run(statement);
    }
  });
  expect(await rowsOf(database)).toEqual(old);

  const { Lapsed, Leased, Fenced, Acknowledged, Continued, Ended, Failed } = made;
  // Offered are the job whose lease has ended and the one that was never delivered, oldest first.
  const claimed = await steps.claim({ type: buildType });
  expect(claimed.map(({ job, pipeline }) => [pipeline.name, job.deliveries])).toEqual([
    ['Lapsed', 2],
    ['Waiting', 1],
  ]);
  clock.pass(continuationDelayMs);
  const continued = await steps.claimOne(buildType);
  expect(continued).toMatchObject({
    pipeline: { name: 'Continued' },
    job: { continuationToken: 'more', deliveries: 1 },
  });
  const acknowledge = async ({ id, nonce }: MadeJob) => (await store.jobs.acknowledge(id, nonce))?.job.status;
  expect(await Promise.all([Lapsed, Leased, Acknowledged].map(acknowledge))).toEqual(Array(3).fill('InProgress'));
  expect(await Promise.all([Continued, Ended, Failed].map(acknowledge))).toEqual(['Succeeded', 'Succeeded', 'Failed']);
  for (const { id } of [Lapsed, Leased, Acknowledged]) await steps.succeed(id);
  await steps.report(Fenced.id, { outcome: 'Succeeded' }, Fenced.nonce);
  const ended = await Promise.all([Lapsed, Leased, Acknowledged, Fenced].map(({ id }) => store.jobs.find(id)));
  expect(ended.map((record) => record?.action.status)).toEqual(Array(4).fill('Succeeded'));
});

interface MadeJob {
  id: string;
  nonce: string;
}

/** Makes a job of each kind in a pipeline of that name: claimed once, and then nothing more or what the name says. */
async function makeJobs(steps: Steps, clock: TestClock) {
  const create = async (name: string) => {
    const build = stage('Build', action('Compile', { inputs: ['Code'] }));
    await steps.create(declare([stage('Source', source()), build], { name }), { id: name, name });
    await steps.succeed((await steps.claimOne()).job.id);
  };
  const make = async (name: string): Promise<MadeJob> => {
    await create(name);
    const { job } = await steps.claimOne(buildType);
    return { id: job.id, nonce: newestNonce(job) };
  };
  const made = { Lapsed: await make('Lapsed') };
  clock.pass(leaseMs / 2);
  const others = {
    Leased: await make('Leased'),
    Fenced: await make('Fenced'),
    Acknowledged: await make('Acknowledged'),
    Continued: await make('Continued'),
    Ended: await make('Ended'),
    Failed: await make('Failed'),
  };
  await steps.store.jobs.acknowledge(others.Acknowledged.id, others.Acknowledged.nonce);
  await steps.succeed(others.Ended.id);
  await steps.report(others.Failed.id, { outcome: 'Failed', failureDetails: { type: 'JobFailed', message: 'no' } });
  await create('Waiting');
  clock.pass(leaseMs / 2);
  await steps.succeed(others.Continued.id, { continuationToken: 'more' });
  return { ...made, ...others };
}
