import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { keepPrivate } from './private-folder.ts';

const log = pino({ level: 'silent' });
let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'millrace-private-'));
  await writeFile(join(place, 'file'), '');
});
afterEach(() => rm(place, { recursive: true, force: true }));

test('missing folders are made for their owner alone', async () => {
  await keepPrivate(join(place, 'a/b'), log);
  for (const path of ['a', 'a/b']) expect((await stat(join(place, path))).mode & 0o777).toBe(0o700);
});

test.each([
  ['file', 'is a file'],
  ['file/x', 'a part of the path is a file'],
])('the data folder %s is refused in a sentence', async (path, reason) => {
  await expect(keepPrivate(join(place, path), log)).rejects.toThrow(`${join(place, path)} `);
  await expect(keepPrivate(join(place, path), log)).rejects.toThrow(reason);
});

// The recursive mkdir of Node.js never returns there.
test('a folder in /proc is refused', async () => {
  await expect(keepPrivate('/proc/millrace', log)).rejects.toThrow("can't be made");
});
