import { join } from 'node:path';
import { readIfPresent, writeDurably } from '../files/durable-file.ts';

/**
 * What a copy to a database leaves in the data folder, so that nobody works on with the state it had: a file, and not a
 * row, so that the state stays as it was and whoever wants it back removes the file.
 */
function markFile(folder: string): string {
  return join(folder, 'moved-to-database');
}

/** Leaves the mark, durably. `name` says where the state is now. */
export function markMigrated(folder: string, name: string): void {
  writeDurably(markFile(folder), `${name}\n`);
}

/** Throws where the mark is. */
export function refuseMigrated(folder: string): void {
  const file = markFile(folder);
  const name = readIfPresent(file);
  if (name === undefined) return;
  throw new Error(
    `The state of '${folder}' was copied to the database ${name.trim()}, and whatever happened since is there. Start with --database-url; or remove ${file} to go on with the state of before the copy.`,
  );
}
