import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { makePrivate } from './private-folder.ts';

const log = pino({ level: 'silent' });
let place: string;
beforeEach(async () => {
  place = await mkdtemp(join(tmpdir(), 'millrace-private-'));
  await writeFile(join(place, 'file'), '');
});
afterEach(() => rm(place, { recursive: true, force: true }));

test('creates missing folders for their owner only', async () => {
  await makePrivate(join(place, 'a/b'), log);
  for (const path of ['a', 'a/b']) expect((await stat(join(place, path))).mode & 0o777).toBe(0o700);
});

test.each([
  ['file', 'is a file'],
  ['file/x', 'a part of the path is a file'],
])('rejects the data folder %s', async (path, reason) => {
  await expect(makePrivate(join(place, path), log)).rejects.toThrow(`${join(place, path)} `);
  await expect(makePrivate(join(place, path), log)).rejects.toThrow(reason);
});

// Node.js's recursive mkdir never returns there.
test('rejects a folder in /proc', async () => {
  await expect(makePrivate('/proc/millrace', log)).rejects.toThrow("can't be made");
});
