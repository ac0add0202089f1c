import { existsSync, mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { syncFolderSync } from '../../files/durable-file.ts';

/** Only the user of this process reads artifacts: they may hold secrets. */
export const folderMode = 0o700;

/** The folders in which object files are: on their way, stored, and set aside because no row names them. */
export interface ObjectFolders {
  incomingFolder: string;
  objectsFolder: string;
  orphansFolder: string;
}

/** Returns where the folders are. */
function objectFoldersIn(folder: string): ObjectFolders {
  return {
    incomingFolder: join(folder, 'incoming'),
    objectsFolder: join(folder, 'objects'),
    orphansFolder: join(folder, 'orphans'),
  };
}

/** Makes the folders, durably, where they are not there yet. */
export function makeObjectFolders(folder: string): ObjectFolders {
  const folders = objectFoldersIn(folder);
  for (const each of Object.values(folders)) mkdirSync(each, { recursive: true, mode: folderMode });
  for (const each of [folder, dirname(folder)]) syncFolderSync(each);
  return folders;
}

/** Throws when the folder of the stored objects is not there: it was lost or is not mounted. */
export function requireObjectFolders(folder: string): void {
  const { objectsFolder } = objectFoldersIn(folder);
  if (existsSync(objectsFolder)) return;
  throw new Error(
    `The folder ${objectsFolder} is missing: the bytes of all objects are in it. Mount it, or put it back from a backup.`,
  );
}
