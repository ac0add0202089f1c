import type { Logger } from 'pino';
import type { Config } from '../config/config.ts';
import { embeddedFile, findEmbeddedInstallation, findPostgresInstallation } from '../store/open.ts';
import { type FolderContents, readFolderContents } from './folder-contents.ts';
import { matchInstallation } from './match-installation.ts';
import { databaseName, withDatabase, withEmbedded } from './open-store.ts';
import { setAside } from './set-aside.ts';

/**
 * Rejects a data folder and a database that don't belong together, before anything is created in either. If
 * `--new-installation` names the folder's installation, its contents are moved aside and a new installation begins.
 */
export async function admitFolder(
  config: Pick<Config, 'data' | 'masterKeys' | 'databaseUrl' | 'newInstallation'>,
  log: Logger,
): Promise<void> {
  // Folder first: if another node is creating the installation, its keys exist before the database has its id.
  const folder = readFolderContents(config);
  const { data, databaseUrl } = config;
  const stored =
    databaseUrl === undefined
      ? await withEmbedded(data, () => findEmbeddedInstallation(data))
      : await withDatabase(databaseUrl, () => findPostgresInstallation(databaseUrl));
  const match = matchInstallation(folder, stored);
  if (match === 'foreign') throw new Error(foreignText(config, folder));
  if (match === 'begin') log.info({ data }, 'a new installation begins');
  if (match !== 'database is new') return;
  if (config.newInstallation !== folder.name) throw new Error(newDatabaseText(config, folder));
  const target = setAside(data, folder.name);
  log.warn({ data, setAside: target }, 'a new installation begins; the old contents of the folder were moved aside');
}

type Location = Pick<Config, 'data' | 'databaseUrl'>;

function newDatabaseText({ data, databaseUrl }: Location, { holds, name }: FolderContents): string {
  const missing =
    databaseUrl === undefined
      ? `its database is missing: ${embeddedFile(data)} is not there or holds nothing. Restore it with its -wal, if it has one, or name the database with --database-url.`
      : `the database ${databaseName(databaseUrl)} holds nothing. Name the right one with --database-url; 'millrace copy' brings the state of a folder into an empty one.`;
  return `The data folder ${data} belongs to an installation (it has ${holds.join(', ')}), but ${missing} Nothing was changed. To begin a new installation instead, start once with --new-installation ${name}: what the folder has is then moved to set-aside-${name} in it.`;
}

function foreignText({ data, databaseUrl }: Location, { name }: FolderContents): string {
  const database = databaseUrl === undefined ? embeddedFile(data) : `the database ${databaseName(databaseUrl)}`;
  return `The data folder ${data} belongs to another installation (${name}) than ${database}. Nothing was changed. Give the folder its own database, or the database its own folder with --data; an empty folder joins it.`;
}
