import { closeSync, openSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { watchPowerCuts } from '../../test/support/machine/power-cut.ts';
import { temporaryFolder } from '../../test/support/machine/temporary-folder.ts';
import { writeDurably } from './durable-file.ts';

test('a written file survives a power cut as soon as the call returns', async () => {
  const file = join(temporaryFolder(), 'folder-id');
  const disk = await watchPowerCuts();
  writeDurably(file, 'one\n');
  expect(disk.keeps(file)).toBe(true);
  expect(readFileSync(file, 'utf8')).toBe('one\n');
});

test('a power cut while a file is replaced leaves the old or the new one, and afterwards the new one', async () => {
  const file = join(temporaryFolder(), 'folder-id');
  const disk = await watchPowerCuts();
  writeDurably(file, 'one\n');
  writeDurably(file, 'two\n');
  expect(disk.torn).toEqual([]);
  expect(disk.keeps(file)).toBe(true);
});

test('the watch detects what a careless write or rename would lose', async () => {
  const folder = temporaryFolder();
  const [file, moved, plain] = ['file', 'moved', 'plain'].map((name) => join(folder, name)) as [string, string, string];
  const disk = await watchPowerCuts();
  writeDurably(file, 'one\n');
  renameSync(file, moved);
  expect(disk.keeps(moved)).toBe(false);
  const descriptor = openSync(plain, 'w');
  writeFileSync(descriptor, 'two\n');
  closeSync(descriptor);
  expect(disk.keeps(plain)).toBe(false);
  renameSync(plain, moved);
  expect(disk.torn).toEqual([moved]);
});
