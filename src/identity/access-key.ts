import { randomBytes } from 'node:crypto';
import type { AccessKeyRecord, AccessKeyStore } from '../store/access-keys.ts';
import { encodeBase32 } from './base32.ts';
import { createBoundedCache } from './bounded-cache.ts';
import type { Sealer } from './sealer.ts';

/** A long-lived key with its secret in clear; `createdAt` in ms. */
export interface AccessKey {
  accessKeyId: string;
  account: string;
  name: string;
  isRoot: boolean;
  createdAt: number;
  secretAccessKey: string;
}

/** The long-lived keys, opened and held in memory so that a request needs no look-up. */
export interface AccessKeys {
  /** The key with this id; undefined when nobody has it. Throws `SealError` when its secret cannot be opened. */
  find(accessKeyId: string): Promise<AccessKey | undefined>;
  /** Creates and stores a key. The answer is the only time its secret is told. */
  create(owner: { account: string; name: string; isRoot: boolean }): Promise<AccessKey>;
  /** Drops what is held in memory about a key that was changed or deleted. */
  forget(accessKeyId: string): void;
}

/** `prefix` (`AKIA` for long-lived keys, `ASIA` for temporary ones) and 16 random base32 characters. */
export function newAccessKeyId(prefix: 'AKIA' | 'ASIA'): string {
  return prefix + encodeBase32(randomBytes(10));
}

/** 40 random characters of base64: 240 bits. */
export function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}

/**
 * A found key is used for `maxAgeMs` before the store is asked again: the longest a key deleted on another node goes
 * on working here. Unknown ids are not held, so a new key works at once on every node.
 */
export function createAccessKeys(options: {
  store: AccessKeyStore;
  sealer: Sealer;
  now: () => number;
  maxAgeMs?: number;
  capacity?: number;
}): AccessKeys {
  const { store, sealer, now, maxAgeMs = 30_000, capacity = 10_000 } = options;
  const held = createBoundedCache<{ key: AccessKey; foundAt: number }>(capacity);
  let forgottenTimes = 0;
  return {
    async find(accessKeyId) {
      const known = held.get(accessKeyId);
      if (known && now() - known.foundAt < maxAgeMs) return known.key;
      const forgottenBefore = forgottenTimes;
      const record = await store.find(accessKeyId);
      if (!record) {
        held.delete(accessKeyId);
        return undefined;
      }
      const { sealedSecret, ...rest } = record;
      const key = { ...rest, secretAccessKey: sealer.open(sealedSecret, sealingContext(record)) };
      // What was read before a key was forgotten may be what it was forgotten for.
      if (forgottenBefore === forgottenTimes) held.set(accessKeyId, { key, foundAt: now() });
      return key;
    },
    async create(owner) {
      const key = { ...owner, accessKeyId: newAccessKeyId('AKIA'), createdAt: now() };
      const secretAccessKey = newSecretAccessKey();
      await store.insert({ ...key, sealedSecret: sealer.seal(secretAccessKey, sealingContext(key)) });
      return { ...key, secretAccessKey };
    },
    forget(accessKeyId) {
      forgottenTimes += 1;
      held.delete(accessKeyId);
    },
  };
}

/** The secret is bound to its row: moved to another id or account, or made root by hand, it does not open. */
function sealingContext({ accessKeyId, account, isRoot }: Pick<AccessKeyRecord, 'accessKeyId' | 'account' | 'isRoot'>) {
  return `access key ${account}/${accessKeyId}/${isRoot ? 'root' : 'user'}`;
}
