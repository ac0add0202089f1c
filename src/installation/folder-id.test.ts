import { readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/support/temporary-folder.ts';
import { keepFolderId } from './folder-id.ts';

test('a folder keeps its id, and every other one has another', () => {
  const folder = temporaryFolder();
  const id = keepFolderId(folder);
  expect(keepFolderId(folder)).toBe(id);
  expect(keepFolderId(temporaryFolder())).not.toBe(id);
  expect(readdirSync(folder)).toEqual(['folder-id']);
});

test('what a start without room on the disk has left is no id', () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'folder-id'), '');
  const id = keepFolderId(folder);
  expect(id).toMatch(/^[0-9a-f-]{36}$/);
  expect(keepFolderId(folder)).toBe(id);
});
