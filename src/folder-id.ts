import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readIfPresent, writeDurably } from './durable-file.ts';

/** The id of a data folder, made when it is first asked for: it tells the folder of one node from that of another. */
export function keepFolderId(folder: string): string {
  const file = join(folder, 'folder-id');
  // An empty file says nothing either.
  const kept = readIfPresent(file)?.trim();
  if (kept) return kept;
  const id = randomUUID();
  writeDurably(file, `${id}\n`);
  return id;
}
