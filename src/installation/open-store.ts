import { existsSync } from 'node:fs';
import type { Config } from '../config/config.ts';
import { quotasOf } from '../config/quotas.ts';
import { DatabaseDamagedError } from '../store/database.ts';
import { embeddedFile, openEmbeddedStore, openPostgresStore } from '../store/open.ts';
import type { Store } from '../store/store.ts';
import { refuseMigrated } from './migrated-marker.ts';

/** Opens the store: in the data folder, or in the database that the settings name. */
export function openStore(config: Config, now: () => number): Promise<Store> {
  const { databaseUrl: url, databaseConnections: poolSize, databaseTimeoutSeconds } = config;
  if (url === undefined) {
    refuseMigrated(config.data);
    return withEmbedded(config.data, () => openEmbeddedStore(config.data, now, quotasOf(config)));
  }
  const statementTimeoutMs = databaseTimeoutSeconds * 1000;
  return withDatabase(url, () => openPostgresStore({ url, poolSize, statementTimeoutMs }, now, quotasOf(config)));
}

/** Runs `work`; if the file is damaged, throws an error that names it and the page with the remedy. */
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

/** Runs `work`; an error names the database, but never the password in its URL. */
export async function withDatabase<T>(url: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const { cause, message } = error as Error;
    const reason = cause instanceof Error ? cause.message : message;
    throw new Error(`The database ${databaseName(url)} cannot be used: ${reason}`, { cause: error });
  }
}

/** Returns the part of a database URL that may be shown. */
export function databaseName(url: string): string {
  const { host, pathname, searchParams } = new URL(url);
  return `${pathname.slice(1)} at ${searchParams.get('host') ?? host}`;
}

/** Throws if a folder has no state, since opening it would create an empty one. */
export function requireEmbeddedState(folder: string): void {
  if (!existsSync(embeddedFile(folder))) {
    throw new Error(`The folder '${folder}' holds no state: there is no ${embeddedFile(folder)}.`);
  }
  refuseMigrated(folder);
}
