import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/**
 * What a copy to a database leaves in the data folder, so that nobody works on with the state it had: a file, and not a
 * row, so that the state stays as it was and whoever wants it back removes the file.
 */
function markFile(folder: string): string {
  return join(folder, 'moved-to-database');
}

/** Leaves the mark, durably. `name` says where the state is now. */
export function markMovedFolder(folder: string, name: string): void {
  writeFileSync(markFile(folder), `${name}\n`, { mode: 0o600, flush: true });
  syncFolder(folder);
}

/** Throws where the mark is. */
export function refuseMovedFolder(folder: string): void {
  const file = markFile(folder);
  const name = readIfPresent(file);
  if (name === undefined) return;
  throw new Error(
    `The state of '${folder}' was copied to the database ${name.trim()}, and whatever happened since is there. Start with --database-url; or remove ${file} to go on with the state of before the copy.`,
  );
}

function readIfPresent(file: string): string | undefined {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

function syncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r');
  try {
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}
