import pg from 'pg';
import { expect, onTestFinished, test, vi } from 'vitest';
import { stepsOn } from '../../../test/conformance/steps.ts';
import { compareWithRows } from '../../../test/support/databases/compare-snapshots.ts';
import { createDatabase } from '../../../test/support/databases/postgres-database.ts';
import { createTestClock } from '../../../test/support/engine/test-clock.ts';
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
import { compareAllKept } from '../compare-kept.ts';
import { openPostgresStore } from '../open.ts';

const declaration = declare([
  stage('Source', source()),
  stage('Build', ...['Compile', 'Pack', 'Sign'].map((name, index) => action(name, { runOrder: index + 1 }))),
]);

test('batches that the driver writes for the everyday calls, begin and commit included', async () => {
  compareAllKept(undefined);
  onTestFinished(compareWithRows);
  const database = await createDatabase();
  onTestFinished(() => database.drop());
  const clock = createTestClock();
  const store = await openPostgresStore({ url: database.url }, clock.now);
  onTestFinished(() => store.close());
  const steps = stepsOn(
    () => store,
    () => ({ clock, pipelines: 0 }),
  );
  const queries = vi.spyOn(pg.Client.prototype, 'query');
  onTestFinished(() => queries.mockRestore());
  const counts: Record<string, number> = {};
  const count = async <T>(name: string, call: () => Promise<T>): Promise<T> => {
    queries.mockClear();
    const result = await call();
    // Notifications and new connections send texts; each batch is a query of its own kind, and one write.
    counts[name] = queries.mock.calls.filter(
      ([query]) => typeof (query as unknown as pg.Submittable).submit === 'function',
    ).length;
    return result;
  };
  for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, clock.at);
  await steps.create(declaration);
  await steps.succeed((await steps.claimOne()).job.id);
  await steps.succeed((await steps.claimOne(buildType)).job.id);

  const { job } = await count('poll', () => steps.claimOne(buildType));
  await count('acknowledge', () => store.jobs.acknowledge(job.id, newestNonce(job)));
  await count('success', () => steps.succeed(job.id));
  expect(counts).toEqual({ poll: 2, acknowledge: 1, success: 2 });
});
