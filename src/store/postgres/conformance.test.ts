import { createDatabase } from '../../../test/support/postgres-database.ts';
import { storeConformance } from '../conformance.ts';
import { openPostgresStore } from '../open.ts';

storeConformance('PostgreSQL', async (now) => {
  const database = await createDatabase();
  const open = () => openPostgresStore({ url: database.url, poolSize: 4 }, now);
  let store = await open();
  return {
    store,
    async reopen() {
      await store.close();
      store = await open();
      return store;
    },
    async close() {
      await store.close();
      await database.drop();
    },
  };
});
