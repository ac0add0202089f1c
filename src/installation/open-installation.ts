import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { MasterKeys } from '../identity/secrets/master-key.ts';
import { cacheActionTypes } from '../store/action-types/action-type-cache.ts';
import { embeddedFile } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { admitFolder } from './admit-folder.ts';
import { lockFolder } from './folder-lock.ts';
import { watchFolder } from './folder-watch.ts';
import {
  loadOrCreateAccount,
  loadOrCreateInstallationId,
  loadOrCreateObjectFolder,
  loadOrCreateVerifiedKeys,
} from './installation.ts';
import { openStore } from './open-store.ts';
import { makePrivate, requirePrivate } from './private-folder.ts';

/** The store, account and keys of a running server. */
export interface OpenInstallation {
  store: Store;
  account: string;
  masterKeys: MasterKeys;
  /** Resolves with the reason when this process loses the folder while it runs. */
  lost: Promise<string>;
}

/**
 * Opens the data folder and its database, which must belong together; a first start creates them. Adds to `closers`,
 * which the caller runs in reverse order.
 */
export async function openInstallation(
  config: Config,
  { now, longestSleepMs, log }: { now: () => number; longestSleepMs: number; log: Logger },
  closers: (() => Promise<void> | void)[],
): Promise<OpenInstallation> {
  await makePrivate(config.data, log);
  if (config.masterKeys !== undefined) await requirePrivate(config.masterKeys);
  const lock = await lockFolder(config.data);
  const held = { lock: () => lock };
  closers.push(() => held.lock().release());
  await admitFolder(config, log);
  const store = cacheActionTypes(await openStore(config, now), { now, maxAgeMs: longestSleepMs });
  closers.push(() => store.close());
  const account = await loadOrCreateAccount(config, store);
  const masterKeys = await loadOrCreateVerifiedKeys(config, store);
  await loadOrCreateObjectFolder(config, store);
  await loadOrCreateInstallationId(config, store);
  const lost = new Promise<string>((resolve) => {
    const onLost = (reason: string): void => {
      store.condemn(reason);
      resolve(reason);
    };
    const files = config.databaseUrl === undefined ? [embeddedFile(config.data)] : [];
    const watch = watchFolder({ data: config.data, lock, files, now, log, onLost });
    held.lock = watch.lock;
    watch.start();
    closers.push(() => watch.stop());
  });
  return { store, account, masterKeys, lost };
}
