import { afterAll } from 'vitest';
import { openPostgresStore } from '../../src/store/open.ts';
import type { Store } from '../../src/store/store.ts';
import { dropEmptied, reuseDatabase } from '../support/databases/postgres-database.ts';
import { openHolder, type PipelineHolder } from '../support/databases/row-locks.ts';
import { storeConformance } from './conformance.ts';

afterAll(dropEmptied);

storeConformance('PostgreSQL', async (now) => {
  const database = await reuseDatabase();
  const open = () => openPostgresStore({ url: database.url, poolSize: 4 }, now);
  const others: { close(): Promise<void> }[] = [];
  const kept = <Other extends { close(): Promise<void> }>(other: Other): Other => {
    others.push(other);
    return other;
  };
  let store = await open();
  let holder: PipelineHolder | undefined;
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    another: async (): Promise<Store> => kept(await open()),
    async hold(pipelineId) {
      holder ??= kept(await openHolder(database.url));
      return holder.hold(pipelineId);
    },
    async close() {
      await Promise.all([store, ...others].map((one) => one.close()));
      await database.drop();
    },
  };
});
