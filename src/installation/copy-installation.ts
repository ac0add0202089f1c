import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Migration } from '../store/migrate.ts';
import { copyToPostgres, migrateEmbedded, migratePostgres, openEmbeddedStore } from '../store/open.ts';
import type { CopiedTable, ReportCopied } from '../store/postgres/copy-database.ts';
import { lockFolder } from './folder-lock.ts';
import { loadOrCreateObjectFolder, loadOrCreateVerifiedKeys, masterKeysPath } from './installation.ts';
import { markMigrated } from './migrated-marker.ts';
import { databaseName, requireEmbeddedState, withDatabase } from './open-store.ts';

/** The settings of a command that works on the state of a stopped server. */
export type StateLocation = Pick<Config, 'data' | 'databaseUrl' | 'masterKeys'>;

/** Migrates the schema of the database or, without one, of the data folder. */
export async function migrateInstallation({ data, databaseUrl }: StateLocation): Promise<Migration> {
  if (databaseUrl !== undefined) return withDatabase(databaseUrl, () => migratePostgres(databaseUrl));
  return alone(data, () => migrateEmbedded(data));
}

/**
 * Copies the installation of a data folder into an empty database and marks the folder as migrated. The folder is first
 * brought up to date as by a start, so that the database contains everything a node checks itself against.
 */
export async function copyInstallation(
  location: StateLocation & { databaseUrl: string },
  report: ReportCopied,
): Promise<CopiedTable[]> {
  const { data, databaseUrl } = location;
  return alone(data, async () => {
    await prepareFolder(location);
    const tables = await withDatabase(databaseUrl, () => copyToPostgres(data, databaseUrl, report));
    markMigrated(data, databaseName(databaseUrl));
    return tables;
  });
}

/** Locks a data folder while `work` runs. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  requireEmbeddedState(folder);
  const lock = await lockFolder(folder);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function prepareFolder({ data, masterKeys }: StateLocation): Promise<void> {
  const location = { data, ...(masterKeys !== undefined && { masterKeys }) };
  if (!existsSync(masterKeysPath(location))) {
    throw new Error(`The master keys are missing: there is no ${masterKeysPath(location)}. Put the file back.`);
  }
  const store = await openEmbeddedStore(data, Date.now);
  try {
    await loadOrCreateVerifiedKeys(location, store);
    await loadOrCreateObjectFolder(location, store);
  } finally {
    await store.close();
  }
}
