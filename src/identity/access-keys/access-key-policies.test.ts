import { expect, test } from 'vitest';
import { ServiceError } from '../../contract/errors.ts';
import type { AccessKeyRecord } from '../../store/store.ts';
import { callerOfAccessKey } from '../caller.ts';
import { authorize } from '../policies/authorize.ts';
import { createMasterKeys } from '../secrets/master-key.ts';
import { createSealer, SealError } from '../secrets/sealer.ts';
import { createAccessKeys } from './access-key.ts';

const account = '111111111111';
const robot = { account, name: 'ci', isRoot: false, policies: ['AWSCodePipelineCustomActionAccess'] };
const root = { account, name: 'root', isRoot: true };

function setUp() {
  const rows = new Map<string, AccessKeyRecord>();
  const isLastRoot = (record: AccessKeyRecord) =>
    record.isRoot && [...rows.values()].filter(({ isRoot }) => isRoot).length === 1;
  const store = {
    find: async (accessKeyId: string) => rows.get(accessKeyId),
    insert: async (record: AccessKeyRecord) => {
      rows.set(record.accessKeyId, record);
    },
    insertFirstRoot: async (record: AccessKeyRecord) => {
      if (![...rows.values()].some(({ isRoot }) => isRoot)) rows.set(record.accessKeyId, record);
    },
    list: async (owner: string) => [...rows.values()].filter((record) => record.account === owner),
    delete: async (owner: string, accessKeyId: string) => {
      const record = rows.get(accessKeyId);
      return record?.account === owner && !isLastRoot(record) && rows.delete(accessKeyId);
    },
  };
  const sealer = createSealer(createMasterKeys());
  const build = () => createAccessKeys({ store, sealer, now: () => 0 });
  return { rows, keys: build(), otherNode: build() };
}

async function refusalOf(work: Promise<unknown>): Promise<string> {
  const error: unknown = await work.catch((reason: unknown) => reason);
  if (!(error instanceof ServiceError)) throw new Error(`not refused: ${String(error)}`);
  return `${error.code}: ${error.message}`;
}

test('a key may do what its policies allow, which are parsed once', async () => {
  const { keys, otherNode } = setUp();
  const { accessKeyId } = await keys.create(robot);
  for (const node of [keys, otherNode]) {
    const key = await node.find(accessKeyId);
    if (!key) throw new Error('the key was not found');
    const may = (action: string) => authorize(callerOfAccessKey(key), { action, resources: [] }).isAllowed;
    expect(may('codepipeline:PollForJobs')).toBe(true);
    expect(may('codepipeline:DeletePipeline')).toBe(false);
    expect((await node.find(accessKeyId))?.policies).toBe(key.policies);
  }
});

test('a key without policies may do nothing', async () => {
  const { keys } = setUp();
  const caller = callerOfAccessKey(await keys.create({ ...robot, policies: [] }));
  expect(authorize(caller, { action: 'codepipeline:ListPipelines', resources: [] }).isAllowed).toBe(false);
});

test('a list shows the policies as they were given, and no secret', async () => {
  const { keys, rows } = setUp();
  const document = '{ "Statement": { "Effect": "Allow", "Action": "*", "Resource": "*" } }';
  const { accessKeyId } = await keys.create({ ...robot, policies: [document] });
  await keys.create({ ...robot, account: '222222222222' });
  expect(await keys.list(account)).toEqual([
    { accessKeyId, account, name: 'ci', isRoot: false, createdAt: 0, policies: [document], bounds: [] },
  ]);
  const sealed = rows.get(accessKeyId)?.sealedSecret ?? '';
  expect(JSON.stringify(await keys.list(account))).not.toContain(sealed);
});

test('a rotated key has a new id and secret; the old one works until it is deleted', async () => {
  const { keys } = setUp();
  const old = await keys.create(robot);
  const renewed = await keys.rotate(account, old.accessKeyId);
  if (!renewed) throw new Error('nothing was rotated');
  expect(renewed.accessKeyId).not.toBe(old.accessKeyId);
  expect(renewed.secretAccessKey).not.toBe(old.secretAccessKey);
  expect(await keys.find(renewed.accessKeyId)).toEqual(renewed);
  expect(renewed).toMatchObject({ name: 'ci', isRoot: false, policies: old.policies });
  expect(await keys.find(old.accessKeyId)).toEqual(old);
  expect(await keys.delete(account, old.accessKeyId)).toBe(true);
  expect(await keys.find(old.accessKeyId)).toBeUndefined();
  expect(await keys.find(renewed.accessKeyId)).toEqual(renewed);
});

test('keys of other accounts are neither rotated nor deleted', async () => {
  const { keys } = setUp();
  const { accessKeyId } = await keys.create(robot);
  expect(await keys.rotate('222222222222', accessKeyId)).toBeUndefined();
  expect(await keys.delete('222222222222', accessKeyId)).toBe(false);
  expect(await keys.find(accessKeyId)).toBeDefined();
  expect(await keys.rotate(account, 'AKIAUNKNOWNUNKNOWNXX')).toBeUndefined();
  expect(await keys.delete(account, 'AKIAUNKNOWNUNKNOWNXX')).toBe(false);
});

test('a deleted key stops working immediately', async () => {
  const { keys } = setUp();
  const { accessKeyId } = await keys.create(robot);
  await keys.find(accessKeyId);
  await keys.delete(account, accessKeyId);
  expect(await keys.find(accessKeyId)).toBeUndefined();
});

test('the last root key cannot be deleted; a rotated one can', async () => {
  const { keys } = setUp();
  const { accessKeyId } = await keys.create(root);
  expect(await refusalOf(keys.delete(account, accessKeyId))).toContain('ValidationException: The key AKIA');
  await keys.rotate(account, accessKeyId);
  expect(await keys.delete(account, accessKeyId)).toBe(true);
});

test.each<[string, Partial<typeof robot>, string]>([
  ['a name with a slash', { name: 'a/b' }, 'ValidationException: The name of a key must satisfy the pattern'],
  ['no name', { name: '' }, 'ValidationException: The name of a key'],
  ['a long name', { name: 'x'.repeat(65) }, 'ValidationException: The name of a key'],
  ['an unknown policy', { policies: ['Everything'] }, 'ValidationException: policies[0]: neither a JSON document'],
  ['a faulty policy', { policies: ['{"Statement":{}}'] }, 'ValidationException: policies[0].Statement.Effect: must be'],
  ['eleven policies', { policies: Array(11).fill('AWSCodePipeline_FullAccess') }, 'A key may have 10 policies.'],
  ['policies for root', { isRoot: true }, 'A root key has no policies'],
])('rejects a key with %s', async (_, change, refusal) => {
  const { keys, rows } = setUp();
  expect(await refusalOf(keys.create({ ...robot, ...change }))).toContain(refusal);
  expect(rows.size).toBe(0);
});

test('a secret does not open after its policies were edited, added or removed by hand', async () => {
  const { keys, otherNode, rows } = setUp();
  const [some, none] = [await keys.create(robot), await keys.create({ ...robot, policies: [] })];
  const edits: [string, string[]][] = [
    [some.accessKeyId, ['AWSCodePipeline_FullAccess']],
    [some.accessKeyId, []],
    [some.accessKeyId, [...robot.policies, ...robot.policies]],
    [none.accessKeyId, robot.policies],
  ];
  for (const [accessKeyId, policies] of edits) {
    const row = rows.get(accessKeyId);
    if (!row) throw new Error('the key was not stored');
    rows.set(accessKeyId, { ...row, policies });
    await expect(otherNode.find(accessKeyId)).rejects.toThrow(SealError);
    rows.set(accessKeyId, row);
  }
});
