import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { watchPowerCuts } from '../../test/support/machine/power-cut.ts';
import { DataFolderError, readProfile, readServerFile, writeProfile, writeServerFile } from './data-folder.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'millrace-data-folder-'));
  folder = join(parent, 'not', 'there yet');
});
afterEach(() => rm(parent, { recursive: true, force: true }));

const server = { url: 'http://127.0.0.1:7090', region: 'eu-west-1', account: '123456789012' };
const profile = { accessKeyId: 'AKIAEXAMPLEEXAMPLE00', secretAccessKey: 'a/secret+with=signs' };

test('both files are read back as written, readable only by the owner, with no leftovers', async () => {
  await writeServerFile(folder, server);
  await writeProfile(folder, { accessKeyId: 'AKIAOLD', secretAccessKey: 'old' });
  const path = await writeProfile(folder, profile);
  expect(await readServerFile(folder)).toEqual(server);
  expect(await readProfile(folder)).toEqual(profile);
  expect((await readdir(folder)).sort()).toEqual(['aws-credentials', 'server.json']);
  for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  expect(path).toBe(join(folder, 'aws-credentials'));
});

test('a power cut never leaves a file torn or empty', async () => {
  const disk = await watchPowerCuts();
  await writeServerFile(folder, server);
  await writeProfile(folder, { accessKeyId: 'AKIAOLD', secretAccessKey: 'old' });
  await writeProfile(folder, profile);
  expect(disk.torn).toEqual([]);
});

test('the profile is an AWS credentials file with a default and a named section', async () => {
  const text = await readFile(await writeProfile(folder, profile), 'utf8');
  for (const section of ['default', 'millrace']) {
    expect(text).toContain(
      `[${section}]\naws_access_key_id = AKIAEXAMPLEEXAMPLE00\naws_secret_access_key = a/secret+with=signs\n`,
    );
  }
});

test('a profile edited by hand is still read', async () => {
  const path = await writeProfile(folder, profile);
  const text =
    '# mine\r\n[other]\naws_access_key_id=X\n\n[ millrace ]\r\naws_access_key_id=ID\r\naws_secret_access_key=a=b\r\n';
  await writeFile(path, text);
  expect(await readProfile(folder)).toEqual({ accessKeyId: 'ID', secretAccessKey: 'a=b' });
});

test('an error says that no server was started in the folder', async () => {
  for (const read of [readServerFile, readProfile]) {
    await expect(read(folder)).rejects.toThrow(DataFolderError);
    await expect(read(folder)).rejects.toThrow(/No server was ever started with the data folder '.*there yet'/);
  }
});

test.each(['', '{', 'null', '[]', '{"url":1,"region":"r","account":"a"}'])(
  'an error says that server.json is damaged: %j',
  async (text) => {
    await writeServerFile(folder, server);
    await writeFile(join(folder, 'server.json'), text);
    await expect(readServerFile(folder)).rejects.toThrow(/server\.json is damaged/);
  },
);

test('a profile without its section is reported as damaged', async () => {
  await writeFile(await writeProfile(folder, profile), '[default]\naws_access_key_id = X\n');
  await expect(readProfile(folder)).rejects.toThrow(/aws-credentials is damaged/);
});
