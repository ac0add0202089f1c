import { closeSync, openSync, readdirSync, writeSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { CodePipelineClient, ListPipelinesCommand, ListWebhooksCommand } from '@aws-sdk/client-codepipeline';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import type { DatabaseSyncInstance } from '@photostructure/sqlite';
import { expect, onTestFinished, test } from 'vitest';
import { loadSqlite } from '../../src/store/sqlite/driver.ts';
import { clientConfig } from '../support/servers/server.ts';
import { type ServerProcess, startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const codePipeline = ({ url }: ServerProcess) => new CodePipelineClient(clientConfig(url));
const s3 = ({ url }: ServerProcess) => new S3Client(clientConfig(url));
const unavailable = { name: 'ServiceUnavailable', $metadata: { httpStatusCode: 503 } };
const Bucket = 'box';

const openFiles = 256;
/** Connections alone can't exhaust the descriptors: their number stays below the limit of open files. */
const descriptorTaker = new URL('../support/hostile/take-descriptors.mjs', import.meta.url).href;

async function health({ url }: ServerProcess): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/-/health`);
  return { status: answer.status, text: await answer.text() };
}

async function systemErrors({ url }: ServerProcess): Promise<string[]> {
  const text = await (await fetch(`${url}/-/metrics`)).text();
  return text.split('\n').filter((line) => line.startsWith('millrace_system_errors_total'));
}

async function openFile(folder: string): Promise<DatabaseSyncInstance> {
  const Sqlite = await loadSqlite();
  const file = new Sqlite(join(folder, 'millrace.sqlite'));
  onTestFinished(() => file.close());
  // A server that has just started may be writing.
  file.exec('pragma busy_timeout = 5000');
  return file;
}

test('a locked database blocks neither reads nor the event loop, and writes get 503 if the lock stays', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder);
  const lock = await openFile(folder);
  lock.exec('begin immediate');
  const written = s3(server).send(new CreateBucketCommand({ Bucket }));
  const begunAt = performance.now();
  for (let call = 0; call < 5; call += 1) await codePipeline(server).send(new ListPipelinesCommand({}));
  expect(performance.now() - begunAt).toBeLessThan(3000);
  await expect(written).rejects.toMatchObject(unavailable);
  lock.exec('rollback');
  await s3(server).send(new CreateBucketCommand({ Bucket }));
  expect(await systemErrors(server)).toEqual(['millrace_system_errors_total{code="SQLITE_BUSY"} 1']);
  expect(server.log()).toContain('"systemError":"SQLITE_BUSY"');
}, 30_000);

test('a damaged database makes calls and health 503, and is not written to any more', async () => {
  const folder = await temporaryFolder();
  const first = await startProcess(folder);
  await first.end('SIGTERM');
  const server = await startProcess(folder);
  damageTable(await openFile(folder), join(folder, 'millrace.sqlite'), 'webhooks');
  expect(await health(server)).toMatchObject({ status: 200 });
  await expect(codePipeline(server).send(new ListWebhooksCommand({}))).rejects.toMatchObject(unavailable);
  const damaged = { status: 503, text: '{"status":"database damaged"}' };
  await expect.poll(() => health(server), { timeout: 5000 }).toEqual(damaged);
  await expect(s3(server).send(new CreateBucketCommand({ Bucket }))).rejects.toMatchObject(unavailable);
  await codePipeline(server).send(new ListPipelinesCommand({}));
  expect((await systemErrors(server)).join()).toContain('SQLITE_CORRUPT');
  expect(server.log()).toContain('The database is damaged.');
}, 30_000);

/** Overwrites the root pages of a table and its indexes, as a failing disk might. */
function damageTable(file: DatabaseSyncInstance, path: string, table: string): void {
  const roots = file.prepare('select rootpage from sqlite_schema where tbl_name = ? and rootpage > 0').all(table);
  const descriptor = openSync(path, 'r+');
  for (const { rootpage } of roots as { rootpage: number }[]) {
    writeSync(descriptor, Buffer.alloc(4096, 0xa5), 0, 4096, (rootpage - 1) * 4096);
  }
  closeSync(descriptor);
}

test('without file descriptors object calls get 503, leave nothing behind, and work again afterwards', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder, [], { openFiles, preload: descriptorTaker });
  const client = s3(server);
  await client.send(new CreateBucketCommand({ Bucket }));
  await client.send(new PutObjectCommand({ Bucket, Key: 'kept', Body: 'kept' }));
  const used = () => readdirSync(`/proc/${server.pid}/fd`).length;
  const before = used();
  process.kill(server.pid, 'SIGUSR2');
  await expect.poll(used).toBe(openFiles);
  await expect(client.send(new PutObjectCommand({ Bucket, Key: 'late', Body: 'late' }))).rejects.toMatchObject(
    unavailable,
  );
  await expect(client.send(new GetObjectCommand({ Bucket, Key: 'kept' }))).rejects.toMatchObject(unavailable);
  process.kill(server.pid, 'SIGUSR2');
  await expect.poll(used).toBeLessThan(before + 8);
  await expect
    .poll(() => client.send(new PutObjectCommand({ Bucket, Key: 'late', Body: 'late' })).then(() => 'put', String))
    .toBe('put');
  const found = await client.send(new GetObjectCommand({ Bucket, Key: 'kept' }));
  expect(await found.Body?.transformToString()).toBe('kept');
  expect(readdirSync(join(folder, 'objects', 'incoming'))).toEqual([]);
  expect((await systemErrors(server)).join()).toContain('EMFILE');
}, 30_000);

test('a missing folder, or a file in its place, causes 503 rather than 500', async () => {
  const folder = await temporaryFolder();
  const server = await startProcess(folder);
  const client = s3(server);
  await client.send(new CreateBucketCommand({ Bucket }));
  const incoming = join(folder, 'objects', 'incoming');
  await rm(incoming, { recursive: true });
  const put = () => client.send(new PutObjectCommand({ Bucket, Key: 'new', Body: 'new' }));
  await expect(put()).rejects.toMatchObject(unavailable);
  await writeFile(incoming, 'a file');
  await expect(put()).rejects.toMatchObject(unavailable);
  await rm(incoming);
  await mkdir(incoming);
  await put();
}, 30_000);
