import { statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../../test/support/machine/temporary-folder.ts';
import { createJobCredentials, type JobGrant } from './job-credentials.ts';
import { loadOrCreateMasterKeys, MasterKeyFileError, readMasterKeys } from './master-key.ts';
import { addMasterKey, UnknownVersionError, useMasterKey } from './master-key-steps.ts';

function keyFile(): string {
  const file = join(temporaryFolder(), 'keys.json');
  loadOrCreateMasterKeys(file);
  return file;
}

test('adding a version does not use it, and using it removes no other', () => {
  const file = keyFile();
  const before = readMasterKeys(file);
  expect(addMasterKey(file)).toBe(2);
  const added = readMasterKeys(file);
  expect(added).toMatchObject({ current: 1, retiredAt: new Map() });
  expect(added.keys.get(1)).toEqual(before.keys.get(1));
  expect(added.keys.get(2)).not.toEqual(before.keys.get(1));
  expect(useMasterKey(file, 2, 5000)).toEqual(readMasterKeys(file));
  expect(readMasterKeys(file)).toEqual({ current: 2, keys: added.keys, retiredAt: new Map([[1, 5000]]) });
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('an earlier version can be used again; using the current one changes nothing', () => {
  const file = keyFile();
  addMasterKey(file);
  useMasterKey(file, 2, 5000);
  const used = readMasterKeys(file);
  useMasterKey(file, 2, 9000);
  expect(readMasterKeys(file)).toEqual(used);
  useMasterKey(file, 1, 7000);
  expect(readMasterKeys(file)).toMatchObject({ current: 1, retiredAt: new Map([[2, 7000]]) });
});

test('rejects an unknown version, a missing file and a damaged file', () => {
  const file = keyFile();
  expect(() => useMasterKey(file, 2, 0)).toThrow(UnknownVersionError);
  expect(() => useMasterKey(file, 2, 0)).toThrow('has no version 2 of the master key, only 1.');
  expect(() => addMasterKey(`${file}.missing`)).toThrow(/ENOENT/);
  writeFileSync(file, '{}');
  expect(() => addMasterKey(file)).toThrow(MasterKeyFileError);
});

test('tokens of a node that still seals with the older version are accepted until the end of the roll-out (decision 12)', () => {
  const file = keyFile();
  addMasterKey(file);
  const slow = createJobCredentials(readMasterKeys(file));
  const [usedAt, minute] = [1_000_000_000_000, 60_000];
  useMasterKey(file, 2, usedAt + 60 * minute);
  const quick = createJobCredentials(readMasterKeys(file));
  const mintAt = (issuedAt: number) => {
    const grant: JobGrant = {
      account: '123456789012',
      region: 'us-east-1',
      jobId: '0a1b2c3d-0000-4000-8000-000000000000',
      roleArn: 'arn:aws:iam::123456789012:role/Pipeline',
      read: [],
      write: [],
      issuedAt,
      expiresAt: issuedAt + 15 * minute,
    };
    const { sessionToken, accessKeyId } = slow.mintJobCredentials(grant);
    return quick.openSessionToken(sessionToken, accessKeyId, issuedAt + minute);
  };
  expect(mintAt(usedAt + 59 * minute)).toMatchObject({ isExpired: false });
  expect(mintAt(usedAt + 61 * minute)).toBeUndefined();
});
