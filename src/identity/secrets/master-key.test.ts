import fs, { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { watchPowerCuts } from '../../../test/support/machine/power-cut.ts';
import { loadOrCreateMasterKeys, MasterKeyFileError, rotateMasterKeys } from './master-key.ts';

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'millrace-master-key-'));
  file = join(folder, 'master-key.json');
});

afterEach(() => rmSync(folder, { recursive: true }));

test('the first start creates a key that only the owner can read, and nothing else', () => {
  const { current, keys } = loadOrCreateMasterKeys(file);
  expect(current).toBe(1);
  expect(keys.get(1)?.length).toBe(32);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(['master-key.json']);
});

test('later starts read the same key', () => {
  expect(loadOrCreateMasterKeys(file)).toEqual(loadOrCreateMasterKeys(file));
});

test('two servers create different keys', () => {
  const other = loadOrCreateMasterKeys(join(folder, 'other.json'));
  expect(loadOrCreateMasterKeys(file).keys.get(1)).not.toEqual(other.keys.get(1));
});

test('a rotated file keeps the old key', () => {
  const old = Buffer.alloc(32, 1);
  const fresh = Buffer.alloc(32, 2);
  writeFileSync(file, JSON.stringify({ current: 2, keys: { 1: old.toString('base64'), 2: fresh.toString('base64') } }));
  expect(loadOrCreateMasterKeys(file)).toEqual({
    current: 2,
    keys: new Map([
      [1, old],
      [2, fresh],
    ]),
    retiredAt: new Map(),
  });
});

test('a rotation makes a new key current, in the file and in memory, and keeps the old one', () => {
  const keys = loadOrCreateMasterKeys(file);
  const old = keys.keys.get(1);
  expect(rotateMasterKeys(file, keys, 5000)).toBe(2);
  expect(keys).toMatchObject({ current: 2, retiredAt: new Map([[1, 5000]]) });
  expect(keys.keys.get(1)).toEqual(old);
  expect(keys.keys.get(2)).not.toEqual(old);
  expect(loadOrCreateMasterKeys(file)).toEqual(keys);
  expect(statSync(file).mode & 0o777).toBe(0o600);
});

test('a first and a rotated key survive a power cut before they can seal anything', async () => {
  const disk = await watchPowerCuts();
  const keys = loadOrCreateMasterKeys(file);
  expect(disk.keeps(file)).toBe(true);
  rotateMasterKeys(file, keys, 5000);
  expect(disk.keeps(file)).toBe(true);
  expect(disk.torn).toEqual([]);
});

test('a first key survives a power cut where the file system has no hard links', async () => {
  const disk = await watchPowerCuts();
  refuseLinks();
  loadOrCreateMasterKeys(file);
  expect(disk.keeps(file)).toBe(true);
  expect(disk.torn).toEqual([]);
});

test('a missing folder fails with the file system’s error', () => {
  expect(() => loadOrCreateMasterKeys(join(folder, 'missing', 'key.json'))).toThrow(/ENOENT/);
});

describe('a damaged file is reported, kept and never replaced', () => {
  const good = Buffer.alloc(32, 7).toString('base64');
  test.each([
    ['', 'it is empty'],
    ['{"current": 1, "keys": {"1": "AAAA', 'it is not a JSON object'],
    ['[]', "it has no 'keys'"],
    ['null', 'it is not a JSON object'],
    ['{"current": 1}', "it has no 'keys'"],
    ['{"current": 1, "keys": {}}', "'current' names no key version"],
    [`{"current": 2, "keys": {"1": "${good}"}}`, "'current' names no key version"],
    [`{"current": "1", "keys": {"1": "${good}"}}`, "'current' names no key version"],
    [`{"current": 1, "keys": {"one": "${good}"}}`, "'one' is not a key version"],
    [`{"current": 1, "keys": {"01": "${good}"}}`, "'01' is not a key version"],
    ['{"current": 1, "keys": {"1": "c2hvcnQ="}}', 'key version 1 is not 32 bytes in base64'],
    [`{"current": 1, "keys": {"1": "*${good.slice(1)}"}}`, 'key version 1 is not 32 bytes in base64'],
    ['{"current": 1, "keys": {"1": 5}}', 'key version 1 is not 32 bytes in base64'],
  ])('%s', (text, fault) => {
    writeFileSync(file, text);
    expect(() => loadOrCreateMasterKeys(file)).toThrow(MasterKeyFileError);
    expect(() => loadOrCreateMasterKeys(file)).toThrow(`${file} is damaged: ${fault}`);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test('the message does not contain the key', () => {
    writeFileSync(file, `{"current": 1, "keys": {"1": "${good}"`);
    expect(() => loadOrCreateMasterKeys(file)).toThrow(/^(?!.*BwcH)/);
  });
});

/** Makes `link` fail for the rest of the test, as on FAT and on some network file systems. */
function refuseLinks(): void {
  const { linkSync } = fs;
  fs.linkSync = () => {
    throw Object.assign(new Error('EPERM: operation not permitted, link'), { code: 'EPERM' });
  };
  syncBuiltinESMExports();
  onTestFinished(() => {
    fs.linkSync = linkSync;
    syncBuiltinESMExports();
  });
}
