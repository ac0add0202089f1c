import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import { createRunFolder, removeRunFolder } from './run-folder.ts';

let root: string;

beforeEach(() => {
  root = temporaryFolder();
  vi.stubEnv('TMPDIR', root);
});

afterEach(() => {
  vi.unstubAllEnvs();
});

/** More than any system gives to a process. */
const noProcess = 2 ** 30;

test('folders of killed runs are removed, and those of running and kept ones stay', async () => {
  const folders = [
    `millrace-run-${noProcess}-a`,
    `millrace-run-${noProcess}-kept`,
    `millrace-run-${process.pid}-b`,
    'mine',
  ];
  for (const name of folders) mkdirSync(join(root, name));
  writeFileSync(join(root, `millrace-run-${noProcess}-kept`, 'kept'), '');
  const folder = await createRunFolder({ isKept: true });
  expect(folders.map((name) => existsSync(join(root, name)))).toEqual([false, true, true, true]);
  expect(existsSync(join(folder, 'kept'))).toBe(true);
  await removeRunFolder(folder);
  expect(existsSync(folder)).toBe(false);
});
