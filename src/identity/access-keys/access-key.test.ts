import { expect, test } from 'vitest';
import type { AccessKeyRecord } from '../../store/store.ts';
import { createMasterKeys } from '../secrets/master-key.ts';
import { createSealer, SealError } from '../secrets/sealer.ts';
import { createAccessKeys } from './access-key.ts';
import { encodeBase32 } from './base32.ts';

const owner = { account: '111111111111', name: 'root', isRoot: true };

function setUp(limits: { maxAgeMs?: number; capacity?: number } = {}) {
  const rows = new Map<string, AccessKeyRecord>();
  const clock = { at: 1_700_000_000_000 };
  const asked: string[] = [];
  const store = {
    find: async (accessKeyId: string) => {
      asked.push(accessKeyId);
      return rows.get(accessKeyId);
    },
    insert: async (record: AccessKeyRecord) => {
      rows.set(record.accessKeyId, record);
    },
    insertFirstRoot: async (record: AccessKeyRecord) => {
      if (![...rows.values()].some(({ isRoot }) => isRoot)) rows.set(record.accessKeyId, record);
    },
    list: async () => [...rows.values()],
    delete: async (account: string, accessKeyId: string) =>
      rows.get(accessKeyId)?.account === account && rows.delete(accessKeyId),
  };
  const sealer = createSealer(createMasterKeys());
  return { rows, store, clock, asked, keys: createAccessKeys({ store, sealer, now: () => clock.at, ...limits }) };
}

test('a new key has AWS’s form and is stored without its secret', async () => {
  const { keys, rows } = setUp();
  const key = await keys.create(owner);
  expect(key.accessKeyId).toMatch(/^AKIA[A-Z2-7]{16}$/);
  expect(key.secretAccessKey).toMatch(/^[A-Za-z0-9+/]{40}$/);
  expect(key.createdAt).toBe(1_700_000_000_000);
  expect(JSON.stringify(rows.get(key.accessKeyId))).not.toContain(key.secretAccessKey);
  expect(await keys.find(key.accessKeyId)).toEqual(key);
});

test('base32 is that of RFC 4648', () => {
  const vectors = {
    '': '',
    f: 'MY',
    fo: 'MZXQ',
    foo: 'MZXW6',
    foob: 'MZXW6YQ',
    fooba: 'MZXW6YTB',
    foobar: 'MZXW6YTBOI',
  };
  for (const [text, encoded] of Object.entries(vectors)) expect(encodeBase32(Buffer.from(text))).toBe(encoded);
});

test('a key is read only once until its cache entry expires', async () => {
  const { keys, asked, clock } = setUp({ maxAgeMs: 1000 });
  const { accessKeyId } = await keys.create(owner);
  await keys.find(accessKeyId);
  clock.at += 999;
  await keys.find(accessKeyId);
  expect(asked).toHaveLength(1);
  clock.at += 1;
  await keys.find(accessKeyId);
  expect(asked).toHaveLength(2);
});

test('setting the clock back does not keep a key longer', async () => {
  const { keys, rows, clock } = setUp({ maxAgeMs: 1000 });
  const { accessKeyId } = await keys.create(owner);
  await keys.find(accessKeyId);
  rows.delete(accessKeyId);
  clock.at -= 1;
  expect(keys.held(accessKeyId)).toBeUndefined();
  expect(await keys.find(accessKeyId)).toBeUndefined();
});

test('a key deleted on this node stops working at once, one deleted elsewhere after the maximum age', async () => {
  const { keys, rows, clock } = setUp({ maxAgeMs: 1000 });
  const [first, second] = [await keys.create(owner), await keys.create(owner)];
  for (const { accessKeyId } of [first, second]) await keys.find(accessKeyId);
  await keys.delete(owner.account, first.accessKeyId);
  rows.delete(second.accessKeyId);
  expect(await keys.find(first.accessKeyId)).toBeUndefined();
  expect(await keys.find(second.accessKeyId)).toBeDefined();
  clock.at += 1000;
  expect(await keys.find(second.accessKeyId)).toBeUndefined();
});

test('a key deleted while it is being read is not cached', async () => {
  const { keys, rows, store } = setUp();
  const { accessKeyId } = await keys.create(owner);
  const row = rows.get(accessKeyId);
  let finishRead = (): void => undefined;
  const { find } = store;
  store.find = () => new Promise((resolve) => (finishRead = () => resolve(row)));
  const read = keys.find(accessKeyId);
  await keys.delete(owner.account, accessKeyId);
  finishRead();
  expect(await read).toBeDefined();
  store.find = find;
  expect(await keys.find(accessKeyId)).toBeUndefined();
});

test('an unknown key is read every time, so that a new one works immediately', async () => {
  const { keys, asked } = setUp();
  await keys.find('AKIAUNKNOWNUNKNOWNXX');
  await keys.find('AKIAUNKNOWNUNKNOWNXX');
  expect(asked).toHaveLength(2);
});

test('caches no more keys than its capacity', async () => {
  const { keys, asked } = setUp({ capacity: 2 });
  const created = [await keys.create(owner), await keys.create(owner), await keys.create(owner)];
  for (const { accessKeyId } of created) await keys.find(accessKeyId);
  await keys.find(created[2]?.accessKeyId ?? '');
  expect(asked).toHaveLength(3);
  await keys.find(created[0]?.accessKeyId ?? '');
  expect(asked).toHaveLength(4);
});

test('a row that was edited by hand does not open', async () => {
  const { keys, rows } = setUp();
  const user = await keys.create({ ...owner, name: 'ci', isRoot: false });
  const row = rows.get(user.accessKeyId);
  if (!row) throw new Error('the key was not stored');
  const policies = ['AWSCodePipeline_FullAccess'];
  for (const edit of [{ isRoot: true }, { account: '222222222222' }, { policies }]) {
    rows.set(user.accessKeyId, { ...row, ...edit });
    await expect(keys.find(user.accessKeyId)).rejects.toThrow(SealError);
  }
});
