import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { removeTree } from './remove-tree.ts';

test('a folder is removed though its rights forbid it, and one that is gone is no mistake', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'remove-tree-'));
  mkdirSync(join(folder, 'closed'));
  writeFileSync(join(folder, 'closed/file'), '');
  mkdirSync(join(folder, 'closed/deep'), { mode: 0o000 });
  await removeTree(folder);
  expect(existsSync(folder)).toBe(false);
  await removeTree(folder);
});
