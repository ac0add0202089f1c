import type { StoredInstallation } from '../store/settings.ts';
import type { FolderContents } from './folder-contents.ts';

/** How a data folder and a database belong together. */
export type Match =
  /** Neither has an installation: one begins. */
  | 'begin'
  /** The database has one, and the folder none or the same; its master keys still have to open what is sealed. */
  | 'belong'
  /** The folder has one and the database none: it is lost, or another one was meant. */
  | 'database is new'
  /** Each has another one. */
  | 'foreign';

/**
 * Decides from what is there whether a server may start. What is missing is never taken for what was never there: every
 * later step that makes something relies on `begin`.
 *
 * | folder | database: none | without an id | with an id |
 * |---|---|---|---|
 * | nothing | begin | belong (a node joins) | belong (a node joins) |
 * | something, no id | database is new | belong (an older version) | belong, unless its objects are another folder's |
 * | an id | database is new | belong (an older backup) | belong if it is the same, else foreign |
 */
export function matchInstallation(folder: FolderContents, stored: StoredInstallation | undefined): Match {
  if (stored === undefined) return folder.holds.length === 0 ? 'begin' : 'database is new';
  if (stored.installationId === undefined) return 'belong';
  if (folder.installationId !== undefined) {
    return folder.installationId === stored.installationId ? 'belong' : 'foreign';
  }
  return folder.folderId === undefined || folder.folderId === stored.objectFolder ? 'belong' : 'foreign';
}
