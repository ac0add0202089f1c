import { randomUUID } from 'node:crypto';
import { closeSync, fsyncSync, openSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** The id of a data folder, made when it is first asked for: it tells the folder of one node from that of another. */
export function keepFolderId(folder: string): string {
  const file = join(folder, 'folder-id');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error;
  }
  const id = randomUUID();
  const descriptor = openSync(file, 'wx', 0o600);
  try {
    writeFileSync(descriptor, `${id}\n`);
    fsyncSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
  return id;
}
