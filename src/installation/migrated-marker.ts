import { join } from 'node:path';
import { readIfPresent, writeDurably } from '../files/durable-file.ts';

/**
 * Marks a data folder whose state was copied to a database, so that no server continues with the old state. It is a
 * file rather than a row: the state stays unchanged, and removing the file is enough to use it again.
 */
function markerFile(folder: string): string {
  return join(folder, 'moved-to-database');
}

/** Writes the marker durably. `name` is the database that has the state now. */
export function markMigrated(folder: string, name: string): void {
  writeDurably(markerFile(folder), `${name}\n`);
}

/** Throws if a data folder has the marker. */
export function refuseMigrated(folder: string): void {
  const file = markerFile(folder);
  const name = readIfPresent(file);
  if (name === undefined) return;
  throw new Error(
    `The state of '${folder}' was copied to the database ${name.trim()}, which has everything that happened since. Start with --database-url, or remove ${file} to continue with the state before the copy.`,
  );
}
