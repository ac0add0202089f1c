import { describe, expect, test } from 'vitest';
import { createMasterKeys } from './master-key.ts';
import { createSealer, SealError } from './sealer.ts';

const masterKeys = createMasterKeys();
const sealer = createSealer(masterKeys);

test.each(['', 'x', 'päss✓word\u0000\n', 'long '.repeat(20_000)])('opens what it sealed', (plain) => {
  const sealed = sealer.seal(plain, 'pipeline 1');
  expect(sealed).toMatch(/^s1\.1\.[A-Za-z0-9_-]+$/);
  expect(sealer.open(sealed, 'pipeline 1')).toBe(plain);
});

test('seals the same text differently each time', () => {
  expect(sealer.seal('secret', 'a')).not.toBe(sealer.seal('secret', 'a'));
});

describe('rejects', () => {
  const sealed = sealer.seal('secret', 'a');

  test('another context', () => {
    expect(() => sealer.open(sealed, 'b')).toThrow(SealError);
  });

  test('another purpose', () => {
    expect(() => createSealer(masterKeys, 'something else').open(sealed, 'a')).toThrow(SealError);
  });

  test('a seal of another server', () => {
    expect(() => createSealer(createMasterKeys()).open(sealed, 'a')).toThrow(SealError);
  });

  test('any change of a single character', () => {
    for (let index = 0; index < sealed.length; index += 1) {
      const other = sealed[index] === 'A' ? 'B' : 'A';
      const changed = sealed.slice(0, index) + other + sealed.slice(index + 1);
      expect(() => sealer.open(changed, 'a'), changed).toThrow(SealError);
    }
  });

  test.each([
    '',
    's1.1.',
    's1.1.AAAA',
    's1.0.AAAA',
    'secret',
    sealed.slice(0, -1),
    `${sealed}A`,
    `${sealed}=`,
    `${sealed}\n`,
  ])('%j', (text) => {
    expect(() => sealer.open(text, 'a')).toThrow(SealError);
  });

  test('an unknown key version, naming it', () => {
    expect(() => sealer.open(sealed.replace('s1.1.', 's1.7.'), 'a')).toThrow('master key version 7');
  });
});

test('after a rotation the new key seals and the old key still opens', () => {
  const old = sealer.seal('secret', 'a');
  const rotated = createSealer({
    current: 2,
    keys: new Map([...masterKeys.keys, [2, Buffer.alloc(32, 9)]]),
    retiredAt: new Map(),
  });
  expect(rotated.open(old, 'a')).toBe('secret');
  const fresh = rotated.seal('secret', 'a');
  expect(fresh).toMatch(/^s1\.2\./);
  expect(rotated.open(fresh, 'a')).toBe('secret');
  expect(() => rotated.open(fresh.replace('s1.2.', 's1.1.'), 'a')).toThrow(SealError);
});
