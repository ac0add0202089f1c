import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { readIfPresent, writeDurably } from '../files/durable-file.ts';

/** The file with the id of a data folder, which distinguishes the folder of one node from those of the others. */
export const folderIdFile = 'folder-id';

/** The file with the id of the installation that a data folder belongs to; its database stores the same id. */
export const installationIdFile = 'installation-id';

/** Returns the id of a data folder; undefined if it has none or the file is empty. */
export function findFolderId(folder: string): string | undefined {
  return readId(folder, folderIdFile);
}

/** Returns the id of a data folder, and creates it if there is none. */
export function loadOrCreateFolderId(folder: string): string {
  const present = findFolderId(folder);
  if (present !== undefined) return present;
  const id = randomUUID();
  writeDurably(join(folder, folderIdFile), `${id}\n`);
  return id;
}

/** Returns the installation id in a data folder; undefined if it has none, as in older versions. */
export function findInstallationId(folder: string): string | undefined {
  return readId(folder, installationIdFile);
}

/** Writes the installation id durably. */
export function writeInstallationId(folder: string, id: string): void {
  writeDurably(join(folder, installationIdFile), `${id}\n`);
}

function readId(folder: string, file: string): string | undefined {
  return readIfPresent(join(folder, file))?.trim() || undefined;
}
