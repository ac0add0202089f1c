import { expect, test } from 'vitest';
import { matchInstallation } from './match-installation.ts';

const nothing = { holds: [], name: 'unnamed' };
const older = { holds: ['folder-id', 'objects'], folderId: 'f1', name: 'f1' };
const joined = { holds: ['master-keys.json'], name: 'keys-1' };
const named = { holds: ['installation-id'], installationId: 'i1', folderId: 'f1', name: 'i1' };
const account = '123456789012';

test.each([
  ['an empty folder and an empty database', nothing, undefined, 'begin'],
  ['contents and an empty database', older, undefined, 'database is new'],
  ['master keys alone and an empty database', joined, undefined, 'database is new'],
  ['an id and an empty database', named, undefined, 'database is new'],
  ['an empty folder and a database of an older version', nothing, { account }, 'belong'],
  ['both of an older version', older, { account, objectFolder: 'f1' }, 'belong'],
  ['an id and an older backup of the database', named, { account, objectFolder: 'f1' }, 'belong'],
  ['a node that joins with an empty folder', nothing, { account, installationId: 'i1' }, 'belong'],
  ['a node that joins with master keys', joined, { account, installationId: 'i1' }, 'belong'],
  ['an older folder with its objects', older, { account, installationId: 'i1', objectFolder: 'f1' }, 'belong'],
  ['an older folder without these objects', older, { account, installationId: 'i1', objectFolder: 'f2' }, 'foreign'],
  ['an older folder while no folder has the objects', older, { account, installationId: 'i1' }, 'foreign'],
  ['the same id', named, { account, installationId: 'i1' }, 'belong'],
  ['a different id', named, { account, installationId: 'i2', objectFolder: 'f1' }, 'foreign'],
] as const)('%s', (_, folder, stored, match) => {
  expect(matchInstallation({ ...folder, holds: [...folder.holds] }, stored)).toBe(match);
});
