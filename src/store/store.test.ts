import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createTestClock } from '../../test/support/engine/test-clock.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { catalogue, pipelineOf, scope, twoStages } from '../../test/support/pipelines/declarations.ts';
import { endOutdated } from '../engine/events/update-pipeline.ts';
import { defaultQuotas } from '../model/quotas.ts';
import type { Database, Statements } from './database.ts';
import { migrate } from './migrate.ts';
import { createNotifications } from './notifications.ts';
import { dialect, openSqlite } from './sqlite/database.ts';
import type { Store } from './store.ts';
import { createStore } from './store.ts';

/** Opens a store with the pipeline `Mill` on a database that `wrap` may change. */
async function openWrapped(wrap: (database: Database) => Database, now?: () => number): Promise<Store> {
  const database = await openSqlite(join(temporaryFolder(), 'millrace.sqlite'));
  onTestFinished(() => database.close());
  await migrate(database, dialect);
  const clock = createTestClock();
  const store = createStore(wrap(database), {
    now: now ?? clock.now,
    limits: defaultQuotas,
    notifications: createNotifications(),
  });
  for (const type of catalogue) await store.actionTypes.insert(scope, type, {}, clock.at);
  await store.pipelines.create(pipelineOf(twoStages()), twoStages(), {}, () => ({ changes: [], answer: undefined }));
  return store;
}

const key = { kind: 'pipeline', scope, name: 'Mill' } as const;

const roleSeen = (store: Store) =>
  store.advance(key, ({ declaration }) => ({ changes: [], answer: declaration.roleArn }));

const update = (store: Store, roleArn: string) =>
  store.pipelines.update(scope, 'Mill', (current) => ({ ...current, roleArn }), endOutdated);

test('ids are UUIDs in the order of their instants, so that new rows are neighbours in every index', async () => {
  let at = 0;
  const store = await openWrapped(
    (database) => database,
    () => at,
  );
  const ids: string[] = [];
  for (at of [1, 0xff, 0x100, Date.UTC(2026, 0, 1), Date.UTC(2026, 0, 1) + 1, Date.UTC(2400, 0, 1)]) {
    ids.push(await store.advance(key, (_snapshot, moment) => ({ changes: [], answer: moment.newId() })));
  }
  expect(ids.toSorted()).toEqual(ids);
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect(new Set(ids.map((id) => id.slice(15))).size).toBe(ids.length);
});

test('a version read in a group whose commit failed is not cached', async () => {
  const diskFull = new Error('disk full');
  let isFailing = false;
  let first: { work: (sql: Statements) => Promise<unknown>; reject(error: Error): void } | undefined;
  const store = await openWrapped((database) => ({
    ...database,
    // Two writes run in one transaction, which fails at its end and rejects both.
    async write<T>(work: (sql: Statements) => Promise<T>): Promise<T> {
      if (!isFailing) return database.write(work);
      const before = first;
      if (!before) return new Promise((_, reject) => (first = { work, reject }));
      const group = database.write(async (sql) => {
        await before.work(sql);
        // As in a driver, a member that has written nothing does not end the group.
        await work(sql).catch(() => undefined);
        throw diskFull;
      });
      return group.finally(() => before.reject(diskFull));
    },
  }));
  isFailing = true;
  const lost = await Promise.allSettled([update(store, 'lost'), roleSeen(store)]);
  expect(lost.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  isFailing = false;
  await update(store, 'kept');
  expect(await roleSeen(store)).toBe('kept');
});
