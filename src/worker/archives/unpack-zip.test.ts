import { createWriteStream } from 'node:fs';
import { chmod, mkdir, mkdtemp, readFile, readlink, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { pipeline } from 'node:stream/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { ZipFile } from 'yazl';
import { defaultArchiveLimits } from './archive-limits.ts';
import { packFolder } from './pack-folder.ts';
import { unpackZip } from './unpack-zip.ts';
import { readZip } from './zip-reader.ts';

let root: string;
let archive: string;
let target: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-zip-test-'));
  archive = join(root, 'archive.zip');
  target = join(root, 'target');
  await mkdir(target);
});
afterEach(() => rm(root, { recursive: true, force: true }));

const unpacking = () => ({ folder: target, limits: defaultArchiveLimits });
const linkMode = 0o120777;

interface Member {
  name: string;
  content?: string;
  mode?: number;
}

/** Writes a zip with arbitrary names, by replacing harmless ones of the same length in its bytes. */
async function writeZip(members: Member[], change: (bytes: Buffer) => void = () => undefined): Promise<void> {
  const zip = new ZipFile();
  for (const [index, { content = 'x', mode = 0o100644, name }] of members.entries()) {
    const placeholder = String(index).padStart(name.length, '_');
    zip.addBuffer(Buffer.from(content), placeholder, { mode, compress: false });
  }
  zip.end();
  await pipeline(zip.outputStream, createWriteStream(archive));
  const bytes = await readFile(archive);
  for (const [index, { name }] of members.entries()) {
    const placeholder = Buffer.from(String(index).padStart(name.length, '_'));
    for (let at = bytes.indexOf(placeholder); at !== -1; at = bytes.indexOf(placeholder, at + 1)) bytes.write(name, at);
  }
  change(bytes);
  await writeFile(archive, bytes);
}

describe('packing and unpacking', () => {
  it('keeps files, empty folders and modes', async () => {
    const source = join(root, 'source');
    await mkdir(join(source, 'bin/deep'), { recursive: true });
    await mkdir(join(source, 'empty'));
    await writeFile(join(source, 'bin/run.sh'), '#!/bin/sh\n');
    await chmod(join(source, 'bin/run.sh'), 0o755);
    await writeFile(join(source, 'bin/deep/secret'), 'ü'.repeat(100_000));
    await chmod(join(source, 'bin/deep/secret'), 0o600);
    await writeFile(join(source, 'nothing'), '');
    await pipeline(await packFolder(source), createWriteStream(archive));
    await unpackZip(archive, unpacking());
    expect((await stat(join(target, 'bin/run.sh'))).mode & 0o777).toBe(0o755);
    expect((await stat(join(target, 'bin/deep/secret'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(target, 'bin/deep/secret'), 'utf8')).toBe('ü'.repeat(100_000));
    expect((await stat(join(target, 'empty'))).isDirectory()).toBe(true);
    expect((await stat(join(target, 'nothing'))).size).toBe(0);
  });

  it('stores the targets of symbolic links', async () => {
    const source = join(root, 'source');
    await mkdir(join(source, 'folder'), { recursive: true });
    await writeFile(join(root, 'outside'), 'outside');
    await writeFile(join(source, 'folder/file'), 'inside');
    await symlink('../outside', join(source, 'to-file'));
    await symlink('folder', join(source, 'to-folder'));
    await pipeline(await packFolder(source), createWriteStream(archive));
    await unpackZip(archive, unpacking());
    expect(await readFile(join(target, 'to-file'), 'utf8')).toBe('outside');
    expect(await readFile(join(target, 'to-folder/file'), 'utf8')).toBe('inside');
  });

  it.each([
    ['a loop of links', '..', /leads back/],
    ['a link to nothing', 'missing', /to-nothing|symbolic link to nothing/],
  ])('does not pack %s', async (_what, to, message) => {
    await mkdir(join(root, 'source/folder'), { recursive: true });
    await symlink(to, join(root, 'source/folder/link'));
    await expect(packFolder(join(root, 'source'))).rejects.toMatchObject({ type: 'JobFailed', message });
  });
});

describe('unpacking rejects', () => {
  it.each(['../escape', 'a/../../escape', '/etc/escape', 'C:/escape', 'a\\..\\..\\escape'])(
    'the entry name %s',
    async (name) => {
      await writeZip([{ name }]);
      await expect(unpackZip(archive, unpacking())).rejects.toMatchObject({ type: 'JobFailed' });
      await expect(stat(join(root, 'escape'))).rejects.toThrow();
    },
  );

  it.each(['/etc/passwd', '../outside', 'a/../../outside', '..', ''])('a link to "%s"', async (to) => {
    await writeZip([{ name: 'link', content: to, mode: linkMode }]);
    await expect(unpackZip(archive, unpacking())).rejects.toMatchObject({ message: /leads out of the folder/ });
  });

  it('an entry that writes through a link', async () => {
    await writeZip([
      { name: 'sub', content: '.', mode: linkMode },
      { name: 'sub/x', content: 'written' },
    ]);
    await expect(unpackZip(archive, unpacking())).rejects.toMatchObject({ message: /contradict/ });
  });

  it('a link that climbs through another link', async () => {
    await writeZip([
      { name: 'here', content: '.', mode: linkMode },
      { name: 'here/ln', content: '..', mode: linkMode },
    ]);
    await expect(unpackZip(archive, unpacking())).rejects.toMatchObject({ message: /behind another symbolic link/ });
  });

  it('devices', async () => {
    await writeZip([{ name: 'device', mode: 0o020666 }]);
    await expect(unpackZip(archive, unpacking())).rejects.toMatchObject({ message: /neither a file/ });
  });

  it('damaged content', async () => {
    await writeZip([{ name: 'file', content: 'precious' }], (bytes) => bytes.write('P', bytes.indexOf('precious')));
    await expect(unpackZip(archive, unpacking())).rejects.toMatchObject({ message: /malformed: checksum mismatch/ });
  });

  it('a truncated archive', async () => {
    await writeZip([{ name: 'file' }]);
    await writeFile(archive, (await readFile(archive)).subarray(0, 40));
    await expect(unpackZip(archive, unpacking())).rejects.toMatchObject({ message: /malformed/ });
  });
});

describe('unpacking accepts', () => {
  it('links that stay inside, also to later names', async () => {
    await writeZip([
      { name: 'bin/tool', content: '../lib/tool', mode: linkMode },
      { name: 'lib/tool', content: 'tool', mode: 0o100755 },
    ]);
    await unpackZip(archive, unpacking());
    expect(await readlink(join(target, 'bin/tool'))).toBe('../lib/tool');
    expect(await readFile(join(target, 'bin/tool'), 'utf8')).toBe('tool');
  });

  it('an empty archive, and drops setuid bits', async () => {
    await writeZip([{ name: 'tool', mode: 0o104755 }]);
    await unpackZip(archive, unpacking());
    expect((await stat(join(target, 'tool'))).mode & 0o7777).toBe(0o755);
    await writeZip([]);
    await rm(target, { recursive: true });
    await unpackZip(archive, unpacking());
  });
});

it('yields the entries of an archive with unchanged names', async () => {
  await writeZip([{ name: '/abs' }, { name: 'a\\b' }, { name: '../up', content: 'climbing' }]);
  const seen: [string, string][] = [];
  for await (const entry of readZip(archive, defaultArchiveLimits))
    seen.push([entry.name, await text(await entry.open())]);
  expect(seen).toEqual([
    ['/abs', 'x'],
    ['a/b', 'x'],
    ['../up', 'climbing'],
  ]);
});
