import { createHash } from 'node:crypto';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { Config } from '../config/config.ts';
import { readIfPresent } from '../files/durable-file.ts';
import { profilePath } from './data-folder.ts';
import { findFolderId, folderIdFile } from './folder-id.ts';
import { masterKeysPath } from './installation.ts';
import { findInstallationId, installationIdFile } from './installation-id.ts';

/** What a data folder holds of an installation, apart from the database. */
export interface FolderContents {
  /** What is there, in words; empty in a folder where nothing has begun. */
  holds: string[];
  installationId?: string;
  folderId?: string;
  /** What the installation is called in `--new-installation`: its id, or what stands for it. */
  name: string;
}

/** Looks into the data folder, and at the master keys, which may be elsewhere. Makes nothing. */
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

/** Whether a folder of object files has any: they lie in folders by the beginning of their names. */
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
