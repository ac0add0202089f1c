import { readdir, rm, statfs, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { CreateBucketCommand, DeleteObjectsCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { runFullDisk } from '../support/crash/run-full-disk.ts';
import { withSmallDisk } from '../support/crash/small-disk.ts';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess } from '../support/servers/server-process.ts';

const seed = Number(process.env.CRASH_SEED ?? 20_260_603);
const root = fileURLToPath(new URL('../../', import.meta.url));
const log = process.env.CRASH_LOG ? (line: string) => process.stderr.write(`${line}\n`) : undefined;

test('with a full disk writes are rejected, confirmed data is kept, and work continues once there is space', async () => {
  const { violations, mishaps } = await withSmallDisk((disk) =>
    runFullDisk({ root, disk, seed, kills: 4, pipelines: 12, log }),
  );
  log?.(JSON.stringify(Object.fromEntries(mishaps)));
  expect(violations, `seed ${seed}`).toEqual([]);
}, 240_000);

test('space can be freed by deletions, even by a server that starts on a full disk', async () => {
  await withSmallDisk(async (disk) => {
    const folder = join(disk, 'data');
    const Bucket = 'narrow';
    const keys = Array.from({ length: 20 }, (_, index) => `object-${index}`);
    const body = Buffer.alloc(256 * 1024, 'x');
    const first = await startProcess(folder);
    const client = new S3Client(clientConfig(first.url));
    await client.send(new CreateBucketCommand({ Bucket }));
    for (const Key of keys) await client.send(new PutObjectCommand({ Bucket, Key, Body: body }));
    await fill(join(disk, 'ballast'));
    const full = { name: 'InsufficientStorage', $metadata: { httpStatusCode: 507 } };
    await expect(client.send(new PutObjectCommand({ Bucket, Key: 'late', Body: body }))).rejects.toMatchObject(full);
    expect(await readdir(join(folder, 'objects', 'incoming'))).toEqual([]);

    await first.end('SIGKILL');
    await fill(join(disk, 'ballast-2'));
    const second = await startProcess(folder);
    await fill(join(disk, 'ballast-3'));
    const again = new S3Client(clientConfig(second.url));
    const objects = keys.map((Key) => ({ Key }));
    const { Deleted } = await again.send(new DeleteObjectsCommand({ Bucket, Delete: { Objects: objects } }));
    expect(Deleted).toHaveLength(keys.length);
    const put = () => again.send(new PutObjectCommand({ Bucket, Key: 'late', Body: 'late' }));
    await expect.poll(() => put().then(() => 'put', String), { timeout: 5000 }).toBe('put');
    expect(await second.end('SIGTERM')).toBe(0);
    await rm(folder, { recursive: true });
  });
}, 60_000);

/** Fills the disk. */
async function fill(file: string): Promise<void> {
  const { bavail, bsize } = await statfs(join(file, '..'));
  await writeFile(file, Buffer.alloc(bavail * bsize)).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOSPC') throw error;
  });
}
