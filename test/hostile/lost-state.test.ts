import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { cp } from 'node:fs/promises';
import { join } from 'node:path';
import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { expect, test } from 'vitest';
import { withFile } from '../support/databases/sqlite-file.ts';
import { clientConfig } from '../support/servers/server.ts';
import { type ServerProcess, startProcess, temporaryFolder } from '../support/servers/server-process.ts';

const Bucket = 'box';
const keys = ['a', 'b', 'c', 'd', 'e'];
const s3 = ({ url }: ServerProcess) => new S3Client(clientConfig(url));

/** Creates a data folder with five objects, whose server was stopped by `signal`. */
async function installation(signal: NodeJS.Signals): Promise<string> {
  const folder = join(await temporaryFolder(), 'data');
  const server = await startProcess(folder);
  await s3(server).send(new CreateBucketCommand({ Bucket }));
  for (const Key of keys) await s3(server).send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  await server.end(signal);
  return folder;
}

function objectFiles(folder: string): string[] {
  const entries = readdirSync(join(folder, 'objects'), { recursive: true, withFileTypes: true });
  return entries.filter((entry) => entry.isFile()).map(({ name }) => name);
}

async function readAll(server: ServerProcess): Promise<(string | undefined)[]> {
  return Promise.all(
    keys.map(async (Key) => (await s3(server).send(new GetObjectCommand({ Bucket, Key }))).Body?.transformToString()),
  );
}

/** Expects that a start fails with this message and changes no byte. */
async function expectRefusal(folder: string, text: RegExp, options: string[] = []): Promise<void> {
  const before = snapshot(folder);
  await expect(startProcess(folder, options)).rejects.toThrow(text);
  expect(snapshot(folder)).toEqual(before);
}

/** Returns the files of a folder and their contents, except the lock and SQLite's shared memory. */
function snapshot(folder: string): Record<string, string> {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  const files = entries.map((entry) => join(entry.parentPath, entry.name));
  return Object.fromEntries(
    files
      .filter((file) => !/lock\.|-shm$/.test(file) && (!file.endsWith('-wal') || statSync(file).size > 0))
      .map((file) => [file, readFileSync(file, 'base64')]),
  );
}

test('a folder without its database is rejected and not changed', async () => {
  const folder = await installation('SIGTERM');
  const database = join(folder, 'millrace.sqlite');
  const saved = readFileSync(database);
  rmSync(database);
  await expectRefusal(
    folder,
    /belongs to an installation \(it has installation-id, folder-id, master-keys\.json, objects\)/,
  );
  writeFileSync(database, '');
  await expectRefusal(folder, /its database is missing: .*millrace\.sqlite is not there or holds nothing/);
  writeFileSync(database, saved);
  expect(await readAll(await startProcess(folder))).toEqual(keys);
}, 60_000);

test('after a clean stop the database is a single self-contained file', async () => {
  const folder = await installation('SIGTERM');
  for (const name of readdirSync(folder)) {
    if (name.startsWith('millrace.sqlite') && name !== 'millrace.sqlite') rmSync(join(folder, name));
  }
  expect(await readAll(await startProcess(folder))).toEqual(keys);
}, 60_000);

test('a write-ahead log lost after a kill is noticed, and used once it is restored', async () => {
  const folder = await installation('SIGKILL');
  const wal = join(folder, 'millrace.sqlite-wal');
  const saved = readFileSync(wal);
  rmSync(wal);
  rmSync(join(folder, 'millrace.sqlite-shm'), { force: true });
  await expectRefusal(folder, /millrace\.sqlite-wal is missing, although the server .* was not stopped cleanly/);
  writeFileSync(wal, '');
  await expectRefusal(folder, /millrace\.sqlite-wal is missing/);
  writeFileSync(wal, saved);
  expect(await readAll(await startProcess(folder))).toEqual(keys);
}, 60_000);

test.each([
  ['master-keys.json', /master keys are not here/],
  ['folder-id', /folder-id is missing/],
  ['objects', /objects is missing: the bytes of all objects are in it/],
])(
  'without %s a start is rejected and does not create it',
  async (name, text) => {
    const folder = await installation('SIGTERM');
    cpSync(join(folder, name), `${folder}.saved`, { recursive: true });
    rmSync(join(folder, name), { recursive: true });
    await expect(startProcess(folder)).rejects.toThrow(text);
    expect(existsSync(join(folder, name, name === 'objects' ? 'objects' : ''))).toBe(false);
    cpSync(`${folder}.saved`, join(folder, name), { recursive: true });
    expect(await readAll(await startProcess(folder))).toEqual(keys);
  },
  60_000,
);

test('the database of another installation is rejected', async () => {
  const [folder, other] = [await installation('SIGTERM'), await installation('SIGTERM')];
  await cp(join(other, 'millrace.sqlite'), join(folder, 'millrace.sqlite'));
  await expectRefusal(folder, /belongs to another installation/);
}, 60_000);

test('a new installation starts only with its option, and moves the old contents aside', async () => {
  const folder = await installation('SIGTERM');
  const before = objectFiles(folder).sort();
  const id = readFileSync(join(folder, 'installation-id'), 'utf8').trim();
  rmSync(join(folder, 'millrace.sqlite'));
  await expectRefusal(folder, new RegExp(`start once with --new-installation ${id}`), ['--new-installation', 'x']);
  const server = await startProcess(folder, ['--new-installation', id]);
  expect(objectFiles(join(folder, `set-aside-${id}`)).sort()).toEqual(before);
  expect(objectFiles(folder)).toEqual([]);
  await server.end('SIGTERM');
  rmSync(join(folder, 'millrace.sqlite'));
  await expectRefusal(folder, /belongs to an installation/, ['--new-installation', id]);
}, 60_000);

test('an older database does not lose objects written after it', async () => {
  const folder = await installation('SIGTERM');
  const older = readFileSync(join(folder, 'millrace.sqlite'));
  const first = await startProcess(folder);
  const put = (Key: string) => s3(first).send(new PutObjectCommand({ Bucket, Key, Body: Key }));
  for (let index = 0; index < 20; index += 1) await put(`later-${index}`);
  await first.end('SIGTERM');
  const newer = readFileSync(join(folder, 'millrace.sqlite'));
  const all = objectFiles(folder).length;

  writeFileSync(join(folder, 'millrace.sqlite'), older);
  const second = await startProcess(folder);
  await expect.poll(second.log, { timeout: 5000 }).toContain('so many object files have no row');
  expect(objectFiles(folder)).toHaveLength(all);
  await second.end('SIGTERM');

  const third = await startProcess(folder, ['--sweep-percent', '100']);
  await expect.poll(third.log, { timeout: 5000 }).toContain('were set aside for a week');
  expect(objectFiles(folder)).toHaveLength(all);
  await third.end('SIGTERM');

  writeFileSync(join(folder, 'millrace.sqlite'), newer);
  const fourth = await startProcess(folder);
  const found = await s3(fourth).send(new GetObjectCommand({ Bucket, Key: 'later-7' }));
  expect(await found.Body?.transformToString()).toBe('later-7');
}, 60_000);

test('an installation created before installation ids existed starts and gets one', async () => {
  const folder = await installation('SIGTERM');
  rmSync(join(folder, 'installation-id'));
  await withFile(folder, (file) => file.exec("delete from settings where name = 'installation-id'"));
  const server = await startProcess(folder);
  expect(await readAll(server)).toEqual(keys);
  expect(readFileSync(join(folder, 'installation-id'), 'utf8')).toMatch(/^[0-9a-f-]{36}\n$/);
}, 60_000);

test('a removed lock is acquired again; a removed database ends the server', async () => {
  const folder = await installation('SIGTERM');
  const server = await startProcess(folder);
  rmSync(join(folder, 'lock.sqlite'));
  await expect.poll(server.log, { timeout: 8000 }).toContain('it was taken again');
  await expect(startProcess(folder)).rejects.toThrow('in use by another Millrace');
  rmSync(join(folder, 'millrace.sqlite'));
  await expect.poll(server.log, { timeout: 8000 }).toContain('was removed or replaced while the server ran');
  expect(await server.exited).toBe(1);
}, 60_000);

test('only the owner can read what a server stores, whatever the umask and the modes were', async () => {
  const folder = await installation('SIGTERM');
  const open = (): string[] =>
    readdirSync(folder)
      .map((name) => join(folder, name))
      .concat(folder)
      .filter((path) => (statSync(path).mode & 0o077) !== 0);
  expect(open()).toEqual([]);
  for (const name of readdirSync(folder)) chmodSync(join(folder, name), 0o755);
  chmodSync(folder, 0o755);
  const server = await startProcess(folder);
  expect(open().filter((path) => !path.endsWith('objects'))).toEqual([]);
  expect(server.log()).toContain('was open to other users and was closed to them');
  await server.end('SIGTERM');

  const shared = join(await temporaryFolder(), 'home');
  mkdirSync(shared);
  chmodSync(shared, 0o755);
  writeFileSync(join(shared, 'letters'), '');
  await expect(startProcess(shared)).rejects.toThrow("is not Millrace's alone: letters is in it");
  expect(statSync(shared).mode & 0o777).toBe(0o755);

  const masterKeys = join(shared, 'keys.json');
  cpSync(join(folder, 'master-keys.json'), masterKeys);
  chmodSync(masterKeys, 0o644);
  await expect(startProcess(folder, ['--master-keys', masterKeys])).rejects.toThrow(`chmod 600 ${masterKeys}`);
}, 60_000);

test('a root key from the environment is in no file of the data folder', async () => {
  const folder = await installation('SIGTERM');
  const secret = clientConfig('').credentials.secretAccessKey;
  for (const [file, content] of Object.entries(snapshot(folder))) {
    expect(Buffer.from(content, 'base64').includes(secret), file).toBe(false);
  }
}, 60_000);
