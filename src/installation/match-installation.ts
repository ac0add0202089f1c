import type { StoredInstallation } from '../store/settings.ts';
import type { FolderContents } from './folder-contents.ts';

/** How a data folder and a database relate. */
export type Match =
  /** Neither has an installation: a new one begins. */
  | 'begin'
  /** The database has one, and the folder none or the same. The master keys are still to be verified. */
  | 'belong'
  /** The folder has one and the database none: the database was lost, or is the wrong one. */
  | 'database is new'
  /** They have different ones. */
  | 'foreign';

/**
 * Compares what a data folder and a database contain. Missing data is never treated as a new installation: every later
 * step that creates something relies on `begin`.
 *
 * | folder | database: empty | without an id | with an id |
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
