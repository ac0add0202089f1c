import { readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { withUnnamedFile } from './unnamed-file.ts';

const names = () => readdirSync(tmpdir()).filter((name) => name.startsWith('millrace-unnamed-'));

test('an unnamed file can be read by its path, and is in no folder', async () => {
  const before = names();
  const text = await withUnnamedFile(async ({ handle, path }) => {
    await handle.writeFile('in the clear');
    expect(names().filter((name) => !before.includes(name))).toEqual([]);
    return [await readFile(path, 'utf8'), await readFile(path, 'utf8')];
  });
  expect(text).toEqual(['in the clear', 'in the clear']);
});
