import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import type { Migration } from '../store/migrate.ts';
import { copyToPostgres, migrateEmbedded, migratePostgres, openEmbeddedStore } from '../store/open.ts';
import type { CopiedTable, ReportCopied } from '../store/postgres/copy-database.ts';
import { lockFolder } from './folder-lock.ts';
import { keepMasterKeys, keepObjectFolder, masterKeysPath } from './installation.ts';
import { markMigrated } from './migrated-marker.ts';
import { databaseName, requireEmbeddedState, withDatabase } from './open-store.ts';

/** What a command needs to know that works on the state while no server does. */
export type StatePlace = Pick<Config, 'data' | 'databaseUrl' | 'masterKeys'>;

/** Brings the schema of the database, or else of the data folder, up to date. */
export async function migrateInstallation({ data, databaseUrl }: StatePlace): Promise<Migration> {
  if (databaseUrl !== undefined) return withDatabase(databaseUrl, () => migratePostgres(databaseUrl));
  return alone(data, () => migrateEmbedded(data));
}

/**
 * Copies the installation of a data folder into an empty database and marks the folder as left. The folder is first
 * brought to where a start would bring it, so that every node finds in the database what it checks itself against.
 */
export async function copyInstallation(
  place: StatePlace & { databaseUrl: string },
  report: ReportCopied,
): Promise<CopiedTable[]> {
  const { data, databaseUrl } = place;
  return alone(data, async () => {
    await prepareFolder(place);
    const tables = await withDatabase(databaseUrl, () => copyToPostgres(data, databaseUrl, report));
    markMigrated(data, databaseName(databaseUrl));
    return tables;
  });
}

/** Runs `work` on the state of a folder that nobody else has in use. */
async function alone<T>(folder: string, work: () => Promise<T>): Promise<T> {
  requireEmbeddedState(folder);
  const lock = await lockFolder(folder);
  try {
    return await work();
  } finally {
    lock.release();
  }
}

async function prepareFolder({ data, masterKeys }: StatePlace): Promise<void> {
  const place = { data, ...(masterKeys !== undefined && { masterKeys }) };
  if (!existsSync(masterKeysPath(place))) {
    throw new Error(`The master keys are missing: there is no ${masterKeysPath(place)}. Put the file back.`);
  }
  const store = await openEmbeddedStore(data, Date.now);
  try {
    await keepMasterKeys(place, store);
    await keepObjectFolder(place, store);
  } finally {
    await store.close();
  }
}
