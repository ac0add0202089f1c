import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbeddedStore } from '../../src/store/open.ts';
import { storeConformance } from './conformance.ts';

storeConformance('SQLite', async (now) => {
  const folder = await mkdtemp(join(tmpdir(), 'millrace-store-'));
  let store = await openEmbeddedStore(folder, now);
  return {
    store,
    async reopen() {
      await store.close();
      store = await openEmbeddedStore(folder, now);
      return store;
    },
    // A data folder has one process: another node would be refused.
    another: async () => store,
    async close() {
      await store.close();
      await rm(folder, { recursive: true });
    },
  };
});
