import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { readIfPresent } from '../files/durable-file.ts';
import { profilePath } from './data-folder.ts';
import { findFolderId, findInstallationId, folderIdFile, installationIdFile } from './ids.ts';
import { masterKeysPath } from './installation.ts';

/** What a data folder contains of an installation, apart from the database. */
export interface FolderContents {
  /** The parts that exist, in words; empty in a new folder. */
  holds: string[];
  installationId?: string;
  folderId?: string;
  /** The installation's name for `--new-installation`: its id, or the folder's, or one made from the master keys. */
  name: string;
}

/** Reads the data folder, and the master keys, which may be elsewhere. Creates nothing. */
export function readFolderContents(config: Pick<Config, 'data' | 'masterKeys'>): FolderContents {
  const { data } = config;
  const keysFile = masterKeysPath(config);
  const keys = readIfPresent(keysFile);
  const installationId = findInstallationId(data);
  const folderId = findFolderId(data);
  const holds = [
    installationId !== undefined && installationIdFile,
    folderId !== undefined && folderIdFile,
    keys !== undefined && (config.masterKeys === undefined ? 'master-keys.json' : `the master keys ${keysFile}`),
    readIfPresent(profilePath(data)) !== undefined && 'aws-credentials',
    hasFile(join(data, 'objects', 'objects')) && 'objects',
  ].filter((name) => name !== false);
  const name = installationId ?? folderId ?? (keys === undefined ? 'unnamed' : `keys-${digest(keys)}`);
  return {
    holds,
    ...(installationId !== undefined && { installationId }),
    ...(folderId !== undefined && { folderId }),
    name,
  };
}

/** Reports whether a folder of object files has any; they are in subfolders named after their first characters. */
function hasFile(folder: string): boolean {
  return entriesOf(folder).some((name) => entriesOf(join(folder, name)).length > 0);
}

function entriesOf(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined;
    if (code === 'ENOENT' || code === 'ENOTDIR') return [];
    throw error;
  }
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
