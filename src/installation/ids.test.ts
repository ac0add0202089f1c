import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { loadOrCreateFolderId } from './ids.ts';

test('a folder keeps its id, and other folders have different ones', () => {
  const folder = temporaryFolder();
  const id = loadOrCreateFolderId(folder);
  expect(loadOrCreateFolderId(folder)).toBe(id);
  expect(loadOrCreateFolderId(temporaryFolder())).not.toBe(id);
  expect(readdirSync(folder)).toEqual(['folder-id']);
});

test('an empty file, as left by a start on a full disk, is not an id', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'folder-id'), '');
  const id = loadOrCreateFolderId(folder);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(loadOrCreateFolderId(folder)).toBe(id);
});
