import { expect, onTestFinished, test } from 'vitest';
import { stepsOn } from '../../../test/conformance/steps.ts';
import { createDatabase } from '../../../test/support/databases/postgres-database.ts';
import { createTestClock } from '../../../test/support/engine/test-clock.ts';
import { catalogue, scope, sourceType, twoStages } from '../../../test/support/pipelines/declarations.ts';
import { newestNonce } from '../../model/job.ts';
import { queueKey, queueOf } from '../../model/queue-key.ts';
import { defaultQuotas } from '../../model/quotas.ts';
import type { Statements } from '../database.ts';
import { claimJobs, deliverJob, renewLease } from '../jobs/deliveries.ts';
import { createNotifications } from '../notifications.ts';
import { createStore } from '../store.ts';
import { openPostgres } from './database.ts';

/** Counts a table's updates in this transaction, and those of them that added nothing to an index. */
async function updatesOf(sql: Statements, table: string): Promise<unknown> {
  return sql.get(
    `select n_tup_upd as all, n_tup_hot_upd as hot from pg_stat_xact_user_tables where relname = ?`,
    table,
  );
}

test('claims, deliveries and renewed leases touch no index', async () => {
  const { url, drop } = await createDatabase();
  const database = openPostgres({ url, poolSize: 2, statementTimeoutMs: 60_000, idleTransactionTimeoutMs: 60_000 });
  onTestFinished(() => database.close().then(drop));
  const clock = createTestClock();
  const store = createStore(database, { now: clock.now, limits: defaultQuotas, notifications: createNotifications() });
  for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, clock.at);
  const fixture = { clock, pipelines: 0 };
  const steps = stepsOn(
    () => store,
    () => fixture,
  );
  for (const name of ['One', 'Two', 'Three']) await steps.create({ ...twoStages(), name }, { name });
  const { at } = clock;
  const key = queueKey(queueOf(scope, sourceType.definition.id));
  const updates = await database.write(async (sql) => {
    const claim = await claimJobs(sql, key, { limit: 10, at, leaseUntil: at + 1 }, () => undefined);
    const claimed = await claim();
    for (const { job } of claimed) await renewLease(sql, job.id, newestNonce(job), at + 2);
    for (const { job } of claimed) await deliverJob(sql, job.id, at + 3, { at });
    return updatesOf(sql, 'jobs');
  });
  expect(updates).toEqual({ all: 9, hot: 9 });
});
