import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { accessKeyRows } from './access-keys.ts';
import type { Database } from './database.ts';
import { migrate } from './migrate.ts';
import { dialect, openSqlite } from './sqlite/database.ts';

const root = {
  accessKeyId: 'AKIAROOTROOTROOTROOT',
  account: '111111111111',
  name: 'root',
  sealedSecret: 's1.1.xyz',
  createdAt: 1_700_000_000_123,
  isRoot: true,
  policies: [],
  bounds: [],
};

let folder: string;
let database: Database;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-access-keys-'));
  database = await openSqlite(join(folder, 'test.db'));
  await migrate(database, dialect);
});

afterEach(async () => {
  await database.close();
  rmSync(folder, { recursive: true });
});

test('a key is returned as it was stored', async () => {
  const store = accessKeyRows(database);
  await store.insert(root);
  expect(await store.find(root.accessKeyId)).toEqual(root);
  expect(await store.find(root.accessKeyId.toLowerCase())).toBeUndefined();
});

test('a list has the keys of one account, oldest first', async () => {
  const store = accessKeyRows(database);
  const newer = {
    ...root,
    accessKeyId: 'AKIAAAAAAAAAAAAAAAAA',
    name: 'ci',
    createdAt: root.createdAt + 1,
    isRoot: false,
    policies: ['AWSCodePipelineCustomActionAccess', '{"Statement":[]}'],
    bounds: [{ arn: 'arn:aws:iam::111111111111:user/maker', policies: ['{"Statement":[]}'] }],
  };
  const foreign = { ...root, accessKeyId: 'AKIABBBBBBBBBBBBBBBB', account: '222222222222' };
  for (const record of [newer, root, foreign]) await store.insert(record);
  expect(await store.list('111111111111')).toEqual([root, newer]);
  expect(await store.list('333333333333')).toEqual([]);
});

test('an id is unique across accounts', async () => {
  const store = accessKeyRows(database);
  await store.insert(root);
  await expect(store.insert({ ...root, account: '222222222222' })).rejects.toThrow();
  expect(await store.find(root.accessKeyId)).toEqual(root);
});

test('a key is deleted only by its own account', async () => {
  const store = accessKeyRows(database);
  const key = { ...root, isRoot: false };
  await store.insert(key);
  expect(await store.delete('222222222222', key.accessKeyId)).toBe(false);
  expect(await store.delete(key.account, key.accessKeyId)).toBe(true);
  expect(await store.find(key.accessKeyId)).toBeUndefined();
  expect(await store.delete(key.account, key.accessKeyId)).toBe(false);
});

test('the last root key of an account stays, even if both are deleted concurrently', async () => {
  const store = accessKeyRows(database);
  const other = { ...root, accessKeyId: 'AKIAOTHEROTHEROTHERX' };
  const foreign = { ...root, accessKeyId: 'AKIABBBBBBBBBBBBBBBB', account: '222222222222' };
  for (const record of [root, other, foreign]) await store.insert(record);
  const answers = await Promise.all(
    [root, other].map(({ account, accessKeyId }) => store.delete(account, accessKeyId)),
  );
  expect(answers.toSorted()).toEqual([false, true]);
  expect(await store.list(root.account)).toHaveLength(1);
});
