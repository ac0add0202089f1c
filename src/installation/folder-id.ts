import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readIfPresent, writeDurably } from '../files/durable-file.ts';

/** The file in which a data folder keeps its id. */
export const folderIdFile = 'folder-id';

/** Returns the id of a data folder; undefined where there is none. An empty file has none either. */
export function findFolderId(folder: string): string | undefined {
  return readIfPresent(join(folder, folderIdFile))?.trim() || undefined;
}

/** The id of a data folder, made when it is first asked for: it tells the folder of one node from that of another. */
export function keepFolderId(folder: string): string {
  const kept = findFolderId(folder);
  if (kept !== undefined) return kept;
  const id = randomUUID();
  writeDurably(join(folder, folderIdFile), `${id}\n`);
  return id;
}
