import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readFromSource, readWritten, replaceFile } from './untrusted-files.ts';

describe('files that commands can write', () => {
  let folder: string;
  let secret: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'untrusted-'));
    secret = join(folder, 'secret');
    writeFileSync(secret, 'secret');
    symlinkSync(secret, join(folder, 'link'));
    execFileSync('sh', ['-c', 'mkfifo "$1"', 'sh', join(folder, 'pipe')]);
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  test.each([['link'], ['pipe'], ['new']])('are replaced, also a %s', async (name) => {
    await replaceFile(join(folder, name), 'own', 0o666);
    expect(readFileSync(join(folder, name), 'utf8')).toBe('own');
    expect(statSync(join(folder, name)).mode & 0o777).toBe(0o666);
    expect(readFileSync(secret, 'utf8')).toBe('secret');
  });

  test('are read if they are files of a size that is expected', async () => {
    expect(await readWritten(secret, 6)).toBe('secret');
    await expect(readWritten(secret, 5)).rejects.toThrow('it has more than 5 bytes');
    await expect(readWritten(join(folder, 'link'), 100)).rejects.toThrow('could not be read');
    await expect(readWritten(join(folder, 'pipe'), 100)).rejects.toThrow('it is no file');
  });

  test('in the source may be links to others there, but not to what is outside', async () => {
    expect(await readFromSource(folder, 'link', 100)).toBe('secret');
    expect(await readFromSource(folder, 'none', 100)).toBeUndefined();
    await expect(readFromSource(folder, '..', 100)).rejects.toThrow('.. is outside of the source folder');
  });
});
