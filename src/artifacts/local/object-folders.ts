import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolderSync } from '../../files/durable-file.ts';

/** Artifacts may contain secrets, so only the user of this process may read them. */
export const folderMode = 0o700;

/** The folders of object files: incomplete, stored, and set aside because no row names them. */
export interface ObjectFolders {
  incomingFolder: string;
  objectsFolder: string;
  orphansFolder: string;
}

function objectFoldersIn(folder: string): ObjectFolders {
  return {
    incomingFolder: join(folder, 'incoming'),
    objectsFolder: join(folder, 'objects'),
    orphansFolder: join(folder, 'orphans'),
  };
}

/** Creates missing folders durably. */
export function makeObjectFolders(folder: string): ObjectFolders {
  const folders = objectFoldersIn(folder);
  for (const each of Object.values(folders)) mkdirSync(each, { recursive: true, mode: folderMode });
  for (const each of [folder, dirname(folder)]) syncFolderSync(each);
  return folders;
}

/** Throws if the folder of the stored objects is missing: it was lost or is not mounted. */
export function requireObjectFolders(folder: string): void {
  const { objectsFolder } = objectFoldersIn(folder);
  if (existsSync(objectsFolder)) return;
  throw new Error(
    `The folder ${objectsFolder} is missing: the bytes of all objects are in it. Mount it or restore it from a backup.`,
  );
}
