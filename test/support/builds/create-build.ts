import { join } from 'node:path';
import type { Build, BuildOrder } from '../../../src/model/build.ts';
import { defaultQuotas } from '../../../src/model/quotas.ts';
import { createNotifications } from '../../../src/store/notifications.ts';
import { openSqlite } from '../../../src/store/sqlite/database.ts';
import { createStore, type Store } from '../../../src/store/store.ts';
import { account, region } from '../servers/server.ts';
import { buildOrder } from './build-order.ts';

/** Runs `work` on the store of a server that is running on a data folder; the server isn't notified of what changes. */
export async function withStore<T>(folder: string, work: (store: Store) => Promise<T>): Promise<T> {
  const database = await openSqlite(join(folder, 'millrace.sqlite'));
  const options = { now: Date.now, limits: defaultQuotas, notifications: createNotifications() };
  try {
    return await work(createStore(database, options));
  } finally {
    await database.close();
  }
}

/** Creates a build in the store of a server that is running on a data folder. */
export function createBuild(folder: string, uuid: string, members: Partial<BuildOrder> = {}): Promise<Build> {
  return withStore(folder, ({ builds }) => builds.create({ account, region }, uuid, buildOrder(members), Date.now()));
}
