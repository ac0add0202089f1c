import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import type { MasterKeys } from '../identity/secrets/master-key.ts';
import { rememberCatalogue } from '../store/action-types/action-type-cache.ts';
import { embeddedFile } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { admitFolder } from './admit-folder.ts';
import { lockFolder } from './folder-lock.ts';
import { watchFolder } from './folder-watch.ts';
import { keepAccount, keepInstallationId, keepMasterKeys, keepObjectFolder } from './installation.ts';
import { openStore } from './open-store.ts';
import { keepPrivate, requirePrivate } from './private-folder.ts';

/** What a server works on. */
export interface OpenInstallation {
  store: Store;
  account: string;
  masterKeys: MasterKeys;
  /** Resolves with the reason when the folder is lost to this process while it runs. */
  lost: Promise<string>;
}

/**
 * Opens the data folder and its database, which have to belong together; a first start makes them. What was opened is
 * closed by `closers`, in reverse order.
 */
export async function openInstallation(
  config: Config,
  { now, longestSleepMs, log }: { now: () => number; longestSleepMs: number; log: Logger },
  closers: (() => Promise<void> | void)[],
): Promise<OpenInstallation> {
  await keepPrivate(config.data, log);
  if (config.masterKeys !== undefined) await requirePrivate(config.masterKeys);
  const lock = await lockFolder(config.data);
  const held = { lock: () => lock };
  closers.push(() => held.lock().release());
  await admitFolder(config, log);
  const store = rememberCatalogue(await openStore(config, now), { now, maxAgeMs: longestSleepMs });
  closers.push(() => store.close());
  const account = await keepAccount(config, store);
  const masterKeys = await keepMasterKeys(config, store);
  await keepObjectFolder(config, store);
  await keepInstallationId(config, store);
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
