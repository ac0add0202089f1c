import { createReadStream, createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, readFile, readlink, rename, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { afterEach, expect, test } from 'vitest';
import { defaultArchiveLimits } from '../worker/archives/archive-limits.ts';
import { JobFailure } from '../worker/job-failure.ts';
import { createSharedCache, type SharedCacheParts } from './shared-cache.ts';

const folders: string[] = [];
afterEach(async () => {
  for (const folder of folders.splice(0)) await rm(folder, { recursive: true, force: true });
});

const order = { projectName: 'shop', cache: { type: 'S3', bucket: 'caches', prefix: 'team/' } } as const;

/** A bucket of one object, and what a machine with its folders has of the cache. */
async function setUp() {
  const root = await mkdtemp(join(tmpdir(), 'millrace-cache-'));
  folders.push(root);
  const object = join(root, 'object.zip');
  const keys: string[] = [];
  const transfer: SharedCacheParts['transfer'] = {
    async download({ objectKey }, file) {
      keys.push(objectKey);
      await pipeline(createReadStream(object), createWriteStream(file)).catch(() => {
        throw new JobFailure('JobFailed', 'NoSuchKey');
      });
    },
    async upload({ objectKey }, body) {
      keys.push(objectKey);
      await pipeline(body, createWriteStream(object));
    },
  };
  const machine = async (name: string) => {
    const [folder, scratch] = [join(root, name, 'cache'), join(root, name, 'scratch')];
    await mkdir(scratch, { recursive: true });
    const { signal } = new AbortController();
    const cache = createSharedCache(order, { transfer, limits: defaultArchiveLimits, scratch, folder, signal });
    if (!cache) throw new Error('no cache');
    const notes: string[] = [];
    return {
      folder,
      notes,
      restore: () => cache.restore({ note: async (text) => void notes.push(text) }),
      store: cache.store,
      /** Leaves a cache as a build does: another folder in the place of the old one. */
      async leave(write: (at: string) => Promise<void>) {
        const next = `${folder}.next`;
        await mkdir(join(next, 'source', 'modules', '.bin'), { recursive: true });
        await write(join(next, 'source', 'modules'));
        await rm(folder, { recursive: true, force: true });
        await rename(next, folder);
      },
    };
  };
  return { keys, machine };
}

test('what a build on one machine leaves, a build on another one finds', async () => {
  const { keys, machine } = await setUp();
  const first = await machine('first');
  await first.restore();
  expect(first.notes).toEqual(['There is no cache to begin with: NoSuchKey']);
  await first.leave(async (at) => {
    await writeFile(join(at, 'tool.js'), 'tool', { mode: 0o755 });
    await symlink('../tool.js', join(at, '.bin', 'tool'));
    await symlink('/etc/passwd', join(at, 'passwd'));
    await symlink('../../../x', join(at, 'out'));
  });
  expect(await first.store()).toBe(
    'Stored the cache s3://caches/team/shop.zip, without 2 links that lead out of their folder',
  );
  const second = await machine('second');
  await second.restore();
  expect(second.notes).toEqual(['Downloaded the cache s3://caches/team/shop.zip']);
  const modules = join(second.folder, 'source', 'modules');
  expect(await readFile(join(modules, '.bin', 'tool'), 'utf8')).toBe('tool');
  expect(await readlink(join(modules, '.bin', 'tool'))).toBe('../tool.js');
  expect((await stat(join(modules, 'tool.js'))).mode & 0o111).not.toBe(0);
  expect(new Set(keys)).toEqual(new Set(['team/shop.zip']));
});

test('a build that leaves nothing new stores nothing', async () => {
  const { machine } = await setUp();
  const first = await machine('first');
  expect(await first.store()).toBeUndefined();
  await first.leave((at) => writeFile(join(at, 'a'), 'a'));
  await first.store();
  const second = await machine('second');
  await second.restore();
  expect(await second.store()).toBeUndefined();
});

test('an archive that is none, or can not be stored, fails no build', async () => {
  const { machine } = await setUp();
  const { signal } = new AbortController();
  const folder = join((await machine('first')).folder, '..', 'broken');
  const transfer: SharedCacheParts['transfer'] = {
    download: (_, file) => writeFile(file, 'no zip'),
    upload: async () => {
      throw new JobFailure('PermissionError', 'AccessDenied');
    },
  };
  const scratch = join(folder, '..', 'scratch');
  const cache = createSharedCache(order, { transfer, limits: defaultArchiveLimits, scratch, folder, signal });
  const notes: string[] = [];
  await cache?.restore({ note: async (text) => void notes.push(text) });
  expect(notes).toEqual([expect.stringMatching(/^There is no cache to begin with: /)]);
  await rm(folder, { recursive: true, force: true });
  await mkdir(join(folder, 'source'), { recursive: true });
  expect(await cache?.store()).toBe('The cache was not stored: AccessDenied');
});

test('only caches in buckets are shared', async () => {
  const parts = { folder: '', scratch: '' } as SharedCacheParts;
  expect(createSharedCache({ projectName: 'shop', cache: { type: 'LOCAL' } }, parts)).toBeUndefined();
  expect(createSharedCache({ projectName: 'shop' }, parts)).toBeUndefined();
});
