import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, onTestFinished, test } from 'vitest';
import { createDatabase } from '../support/databases/postgres-database.ts';
import { clientConfig } from '../support/servers/server.ts';
import { startProcess, temporaryFolder } from '../support/servers/server-process.ts';

async function emptyDatabase(): Promise<string> {
  const { url, drop } = await createDatabase({ isEmpty: true });
  onTestFinished(() => drop());
  return url;
}

async function objectFiles(folder: string): Promise<string[]> {
  const entries = await readdir(join(folder, 'objects'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

const where = { Bucket: 'kept', Key: 'object' };

test.each([
  ['a database', true],
  ['no database', false],
])('a folder whose state was in %s is not started on an empty one, and loses nothing', async (_name, hadDatabase) => {
  const folder = await temporaryFolder();
  const before = hadDatabase ? ['--database-url', await emptyDatabase()] : [];
  const first = await startProcess(folder, before);
  const client = new S3Client(clientConfig(first.url));
  await client.send(new CreateBucketCommand({ Bucket: where.Bucket }));
  await client.send(new PutObjectCommand({ ...where, Body: 'precious' }));
  expect(await first.end('SIGTERM')).toBe(0);
  const files = await objectFiles(folder);
  expect(files).not.toEqual([]);

  const other = ['--database-url', await emptyDatabase()];
  for (let attempt = 0; attempt < 2; attempt += 1) {
    await expect(startProcess(folder, other)).rejects.toThrow(/could not start.*--new-installation/s);
  }
  expect(await objectFiles(folder)).toEqual(files);

  const again = await startProcess(folder, before);
  const read = await new S3Client(clientConfig(again.url)).send(new GetObjectCommand(where));
  expect(await read.Body?.transformToString()).toBe('precious');
});
