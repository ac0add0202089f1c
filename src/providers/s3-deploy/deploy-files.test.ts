import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { buffer, text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { ZipFile } from 'yazl';
import { defaultArchiveLimits } from '../../worker/archives/archive-limits.ts';
import { deployFiles, type PutFile } from './deploy-files.ts';

const tools = { archiveLimits: defaultArchiveLimits, signal: new AbortController().signal };

/** Writes a zip file of these entries, each with the given content or its own name. */
async function archiveOf(entries: [name: string, content?: string][]): Promise<string> {
  const zip = new ZipFile();
  for (const [name, content = name] of entries) zip.addBuffer(Buffer.from(content), name);
  zip.end();
  const folder = await mkdtemp(join(tmpdir(), 'millrace-deploy-files-'));
  onTestFinished(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'archive.zip');
  await writeFile(file, await buffer(zip.outputStream as Readable));
  return file;
}

/** A `put` whose writes stay pending until released. */
function heldWrites() {
  const open = new Map<string, (error?: Error) => void>();
  const written: string[] = [];
  const put: PutFile = async (key, { body }) => {
    const content = await text(body);
    await new Promise<void>((resolve, reject) => {
      open.set(key, (error) => (error ? reject(error) : resolve()));
    });
    open.delete(key);
    written.push(`${key}=${content}`);
  };
  return { open, written, put };
}

test('writes at most sixteen files at a time', async () => {
  const entries = Array.from({ length: 40 }, (_, index): [string] => [`f${index}`]);
  const { open, written, put } = heldWrites();
  const deploying = deployFiles(await archiveOf(entries), 'pre', put, tools);
  await expect.poll(() => open.size).toBe(16);
  open.get('pre/f3')?.();
  await expect.poll(() => [...open.keys()].at(-1)).toBe('pre/f16');
  expect(open.size).toBe(16);
  await expect
    .poll(() => {
      for (const release of open.values()) release();
      return written.length;
    })
    .toBe(40);
  await deploying;
  expect(new Set(written)).toEqual(new Set(entries.map(([name]) => `pre/${name}=${name}`)));
});

test('writes two entries of the same name one after the other', async () => {
  const { open, written, put } = heldWrites();
  const deploying = deployFiles(
    await archiveOf([
      ['a', 'first'],
      ['a', 'second'],
      ['b', 'other'],
    ]),
    undefined,
    put,
    tools,
  );
  await expect.poll(() => [...open.keys()]).toEqual(['a']);
  open.get('a')?.();
  await expect.poll(() => [...open.keys()].sort()).toEqual(['a', 'b']);
  for (const release of open.values()) release();
  await deploying;
  expect(written).toEqual(['a=first', 'a=second', 'b=other']);
});

test('finishes pending writes after a failure, and starts no more', async () => {
  const entries = Array.from({ length: 40 }, (_, index): [string] => [`f${index}`]);
  const { open, written, put } = heldWrites();
  const deploying = deployFiles(await archiveOf(entries), undefined, put, tools);
  const failed = expect(deploying).rejects.toThrow('disk');
  await expect.poll(() => open.size).toBe(16);
  open.get('f7')?.(new Error('disk'));
  for (const [key, release] of open) if (key !== 'f7') release();
  await failed;
  expect(written).toHaveLength(15);
});
