import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { quotasOf } from '../config/quotas.ts';
import { DatabaseDamagedError } from '../store/database.ts';
import { embeddedFile, openEmbeddedStore, openPostgresStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { refuseMigrated } from './migrated-marker.ts';

/** The state: in the data folder, or in the database that the settings name. */
export function openStore(config: Config, now: () => number): Promise<Store> {
  const { databaseUrl: url, databaseConnections: poolSize, databaseTimeoutSeconds } = config;
  if (url === undefined) {
    refuseMigrated(config.data);
    return withEmbedded(config.data, () => openEmbeddedStore(config.data, now, quotasOf(config)));
  }
  const statementTimeoutMs = databaseTimeoutSeconds * 1000;
  return withDatabase(url, () => openPostgresStore({ url, poolSize, statementTimeoutMs }, now, quotasOf(config)));
}

/** A damaged file is named, with the page that says what to do. */
export async function withEmbedded<T>(folder: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof DatabaseDamagedError)) throw error;
    const reason = error.cause instanceof Error ? error.cause.message : error.message;
    throw new Error(
      `${embeddedFile(folder)} is damaged (${reason}). Restore it from a backup, or save what can be read as docs/operating.md says.`,
      { cause: error },
    );
  }
}

/** What the database refuses or what stands in its way is told with its name; the password in the URL never is. */
export async function withDatabase<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new Error(`The database ${databaseName(url)} cannot be used: ${reason}`, { cause: error });
  }
}

/** What may be shown of a database's URL. */
export function databaseName(url: string): string {
  const { host, pathname } = new URL(url);
  return `${pathname.slice(1)} at ${host}`;
}

/** Refuses a folder that no server has kept its state in: opening it would make an empty one there. */
export function requireEmbeddedState(folder: string): void {
  if (!existsSync(embeddedFile(folder))) {
    throw new Error(`The folder '${folder}' holds no state: there is no ${embeddedFile(folder)}.`);
  }
  refuseMigrated(folder);
}
