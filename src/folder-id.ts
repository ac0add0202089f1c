import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The id of a data folder, made when it is first asked for: it tells the folder of one node from that of another. */
export function keepFolderId(folder: string): string {
  const file = join(folder, 'folder-id');
  const kept = readIfPresent(file);
  if (kept !== '') return kept;
  const id = randomUUID();
  // A disk that is full, or a kill, leaves the draft cut off or empty: the id comes to its name whole.
  const draft = `${file}.draft`;
  const descriptor = openSync(draft, 'w', 0o600);
  try {
    writeFileSync(descriptor, `${id}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  renameSync(draft, file);
  return id;
}

/** Without the file nothing, as in an empty one. */
function readIfPresent(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return '';
    throw error;
  }
}
