import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HostileEntry, hostileZip } from '../../../test/support/workers/hostile-zip.ts';
import { type ArchiveLimits, defaultArchiveLimits } from './archive-limits.ts';
import { unpackZip } from './unpack-zip.ts';

let root: string;
let folder: string;

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'millrace-hostile-'));
  folder = join(root, 'a', 'target');
  await mkdir(folder, { recursive: true });
});
afterEach(() => rm(root, { recursive: true, force: true }));

async function unpack(bytes: Buffer, limits: ArchiveLimits = defaultArchiveLimits): Promise<void> {
  await writeFile(join(root, 'archive.zip'), bytes);
  await unpackZip(join(root, 'archive.zip'), { folder, limits });
}

/** Everything below the folder with the archive and its target. */
const everything = async () => (await readdir(root, { recursive: true })).sort();

const link = (name: string, content: string): HostileEntry => ({ name, content, mode: 0o120777 });
const mebibyte = 1024 ** 2;
/** A thousand bytes for one: 101 MiB of zeros. */
const zeros = Buffer.alloc(101 * mebibyte);

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
const honest: HostileEntry = { name: 'honest', content: 'written first' };

/** An end record that lists nothing. */
const emptyEnd = Buffer.concat([Buffer.from('PK\x05\x06', 'latin1'), Buffer.alloc(18)]);

/** An archive whose comment is another end record. */
function withCommentOf(entries: HostileEntry[], comment: Buffer): Buffer {
  const bytes = hostileZip(entries);
  bytes.writeUInt16LE(comment.length, bytes.length - 2);
  return Buffer.concat([bytes, comment]);
}

const cases: [string, HostileEntry[] | Buffer, RegExp][] = [
  ['an end record in the comment', withCommentOf([honest], emptyEnd), /it has more than one end record/],
  [
    'an end record that lists nothing after the real one',
    Buffer.concat([hostileZip([honest]), emptyEnd]),
    /its end record lists no entries, but something lies before it/,
  ],
  ['a name that climbs', [{ name: '../../escape' }], /"\.\.\/\.\.\/escape" leads out of the folder/],
  ['a name that climbs further on', [{ name: 'a/b/../../../escape' }], /leads out/],
  ['a name that climbs with backslashes', [{ name: '..\\..\\escape' }], /leads out/],
  ['an absolute name', [{ name: '/tmp/escape' }], /absolute path/],
  ['a drive letter', [{ name: 'C:\\escape' }], /absolute path/],
  ['a network path', [{ name: '\\\\host\\share\\escape' }], /absolute path/],
  ['a name with U+0000', [{ name: 'a\0b' }], /not allowed/],
  ['a name of 256 bytes', [{ name: 'n'.repeat(256) }], /too long/],
  ['a path of 3,000 bytes', [{ name: `${'d/'.repeat(1500)}f` }], /too long/],
  ['a name of 60,000 characters, shortened in the message', [{ name: 'n'.repeat(60_000) }], /^.{0,300}too long\.$/],
  ['a link to an absolute path', [link('ln', '/etc')], /symbolic link "ln" leads out/],
  ['a link that climbs', [link('ln', '../..')], /leads out/],
  [
    'links that climb in a chain',
    [link('a', '.'), link('a/b', '..'), link('a/b/c', '..')],
    /contradict|behind another/,
  ],
  ['a file behind a link', [link('ln', '.'), { name: 'ln/file' }], /contradict/],
  ['a file in place of a folder', [{ name: 'a' }, { name: 'a/b' }], /contradict/],
  ['a duplicate name', [{ name: 'twice' }, { name: 'twice' }], /contradict/],
  ['a device', [{ name: 'device', mode: 0o020666 }], /neither a file/],
  ['encrypted content', [{ name: 'secret', isEncrypted: true }], /entry "secret" is encrypted/],
  ['an unknown compression', [{ name: 'zstd', method: 93 }], /method 93, which is not supported/],
  ['a wrong checksum', [{ name: 'file', crc: 1 }], /malformed: checksum mismatch/],
  ['content longer than declared', [{ name: 'f', content: 'abc', method: 8, unpackedBytes: 2 }], /malformed: too many/],
  [
    'content shorter than declared',
    [{ name: 'f', content: 'abc', method: 8, unpackedBytes: 9 }],
    /malformed: not enough/,
  ],
  ['a size of 64 bits', [{ name: 'f', method: 8, zip64Bytes: 1n << 50n }], /grows to more than 21474836480 bytes/],
  ['a size no number holds', [{ name: 'f', method: 8, zip64Bytes: (1n << 64n) - 1n }], /malformed|grows to more/],
  ['a thousand bytes for one', [{ name: 'zeros', content: zeros, method: 8 }], /more than 200 times its size/],
  ['entries that share their bytes', [honest, { ...honest, name: 'copy-1', sharesBytesOf: 0 }], /overlap/],
  ['100,001 entries', hostileZip(Array(100_001).fill({ name: 'e', content: '' })), /more than 100000 entries/],
  ['four billion entries that do not exist', hostileZip([honest], { entryCount: 2 ** 32 }), /more than 100000/],
  ['an end record that promises more entries than there are', hostileZip([honest], { entryCount: 2 }), /malformed/],
  ['a truncated archive', hostileZip([honest]).subarray(0, 50), /malformed/],
  ['an archive without its beginning', hostileZip([honest]).subarray(20), /malformed/],
  ['a tar', Buffer.alloc(10_240, 'tar '), /malformed/],
  ['no bytes', Buffer.alloc(0), /malformed/],
];

describe('an archive is rejected, and nothing of it is left', () => {
  it.each(cases)('for %s', async (_what, content, message) => {
    const bytes = Buffer.isBuffer(content) ? content : hostileZip([honest, ...content]);
    await expect(unpack(bytes)).rejects.toMatchObject({ type: 'JobFailed', message });
    expect(await everything()).toEqual(['a', 'a/target', 'archive.zip']);
  });

  it.each<[keyof ArchiveLimits, number, RegExp]>([
    ['maxEntries', 1, /more than 1 entries/],
    ['maxUnpackedBytes', 20, /more than 20 bytes/],
  ])('beyond the configured %s', async (limit, value, message) => {
    const bytes = hostileZip([honest, { name: 'more', content: 'a few bytes' }]);
    await expect(unpack(bytes, { ...defaultArchiveLimits, [limit]: value })).rejects.toMatchObject({ message });
  });
});

describe('an archive is unpacked', () => {
  it('with names that differ only in case, if the file system distinguishes them', async () => {
    await unpack(
      hostileZip([
        { name: 'readme', content: 'small' },
        { name: 'README', content: 'LARGE' },
      ]),
    ).catch((error) => expect(error).toMatchObject({ message: /contradict/ }));
    const names = await readdir(folder);
    for (const name of names) expect(await readFile(join(folder, name), 'utf8')).toMatch(/small|LARGE/);
    expect([0, 2]).toContain(names.length);
  });

  it('in little memory, however large it becomes', { timeout: 60_000 }, async () => {
    // Measures live memory only: on a busy machine the uncollected rest may be the whole archive.
    const held = (): number => {
      collectGarbage();
      return process.memoryUsage().arrayBuffers;
    };
    const before = held();
    let most = 0;
    const watch = setInterval(() => {
      most = Math.max(most, held() - before);
    }, 50);
    await unpack(hostileZip([{ name: 'zeros', content: zeros, method: 8 }]), {
      ...defaultArchiveLimits,
      maxRatio: 2000,
    });
    clearInterval(watch);
    expect(most).toBeLessThan(40 * mebibyte);
  });
});

it('does not unpack into a folder that is not empty', async () => {
  await writeFile(join(folder, 'mine'), 'kept');
  await expect(unpack(hostileZip([honest]))).rejects.toThrow(/is not empty/);
  expect(await readdir(folder)).toEqual(['mine']);
});

it('an archive with a comment, and an empty one, are unpacked', async () => {
  await unpack(withCommentOf([honest], Buffer.from('a comment of more than 22 bytes', 'latin1')));
  expect(await readdir(folder)).toEqual(['honest']);
  await rm(join(folder, 'honest'));
  await unpack(emptyEnd);
  expect(await readdir(folder)).toEqual([]);
});
