import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ServiceError } from '../../contract/errors.ts';
import type { AccessKeyRecord, AccessKeyRows, KeyBound } from '../../store/store.ts';
import type { RoleCaller, UserCaller } from '../caller.ts';
import { parsePolicies } from '../policies/managed-policies.ts';
import type { Policy } from '../policies/policy.ts';
import { checkEffort } from '../policies/policy-effort.ts';
import { PolicyError } from '../policies/policy-json.ts';
import { drawRandomBytes } from '../random-bytes.ts';
import type { Sealer } from '../secrets/sealer.ts';
import { encodeBase32 } from './base32.ts';
import { joinBounds, openBounds } from './key-bounds.ts';

/** A long-lived key with its secret in plain text; `createdAt` in ms. */
export interface AccessKey {
  accessKeyId: string;
  account: string;
  name: string;
  isRoot: boolean;
  createdAt: number;
  secretAccessKey: string;
  /** Absent means none. */
  policies?: Policy[];
  /** Its creators other than root: all of them must allow an action too. */
  bounds?: (UserCaller | RoleCaller)[];
}

/** The owner of a new key. */
interface KeyOwner {
  account: string;
  /** The user name, as in the caller's ARN. */
  name: string;
  isRoot: boolean;
  /** JSON documents, and names or ARNs of managed policies. */
  policies?: string[];
  /** `boundsOf` the creator; absent means none. */
  bounds?: KeyBound[];
}

/** A key without its secret, with its policies as they were given. */
export type ListedAccessKey = Omit<AccessKeyRecord, 'sealedSecret'>;

// As many as IAM attaches to one user.
const maxPolicies = 10;
const userName = /^[\w+=,.@-]{1,64}$/;

/** The long-lived keys, cached with their opened secrets so that most requests need no read. */
export interface AccessKeys {
  /** Returns the key if it is cached. */
  held(accessKeyId: string): AccessKey | undefined;
  /** Returns the key with this id; undefined if there is none. Throws `SealError` if its secret cannot be opened. */
  find(accessKeyId: string): Promise<AccessKey | undefined>;
  /**
   * Creates and stores a key; its secret cannot be read again later. Throws ValidationException for an invalid name and
   * for a policy that would not be enforced as written.
   */
  create(owner: KeyOwner): Promise<AccessKey>;
  /** Creates a root key if the account has none, even if several nodes start at the same time. */
  createFirstRoot(account: string): Promise<void>;
  /** Lists the account's keys, oldest first. */
  list(account: string): Promise<ListedAccessKey[]>;
  /**
   * Creates a key for the same owner with the same policies and with these bounds added; the old one works until it is
   * deleted. Returns undefined if the account has no such key.
   */
  rotate(account: string, accessKeyId: string, bounds?: KeyBound[]): Promise<AccessKey | undefined>;
  /** Returns a key without its secret; undefined if the account has no such key. */
  describe(account: string, accessKeyId: string): Promise<ListedAccessKey | undefined>;
  /**
   * Deletes a key: on this node immediately, on other nodes when their caches expire. Returns false if the account has
   * no such key. Throws ValidationException for the last root key of the account.
   */
  delete(account: string, accessKeyId: string): Promise<boolean>;
}

/** Returns `prefix` (`AKIA` for long-lived keys, `ASIA` for temporary ones) and 16 random base32 characters. */
export function newAccessKeyId(prefix: 'AKIA' | 'ASIA'): string {
  return prefix + encodeBase32(drawRandomBytes(10));
}

/** Returns 40 random base64 characters: 240 bits. */
function newSecretAccessKey(): string {
  return randomBytes(30).toString('base64');
}

/**
 * Keys are cached for `maxAgeMs`, the longest that a key deleted on another node still works on this one. Unknown ids
 * are not cached, so a new key works on every node immediately.
 */
export function createAccessKeys(options: {
  store: AccessKeyRows;
  sealer: Sealer;
  now: () => number;
  maxAgeMs?: number;
  capacity?: number;
}): AccessKeys {
  const { store, sealer, now, maxAgeMs = 30_000, capacity = 10_000 } = options;
  const held = new LRUCache<string, { key: AccessKey; foundAt: number }>({ max: capacity });
  let deletions = 0;

  const open = ({ sealedSecret, ...record }: AccessKeyRecord): AccessKey => ({
    ...record,
    policies: parsePolicies(record.policies),
    bounds: openBounds(record.account, record.bounds),
    secretAccessKey: sealer.open(sealedSecret, sealingContext(record)),
  });
  const create = async ({ account, name, isRoot, policies = [], bounds = [] }: KeyOwner): Promise<AccessKey> => {
    const owner = { account, name, isRoot, policies, bounds: joinBounds(bounds) };
    const parsed = checkOwner(owner);
    const { record, key } = generateKey(owner, now(), sealer);
    await store.insert(record);
    return { ...key, policies: parsed, bounds: openBounds(account, owner.bounds) };
  };
  const findOwn = async (account: string, accessKeyId: string) => {
    const record = await store.find(accessKeyId);
    return record?.account === account ? record : undefined;
  };
  const findHeld = (accessKeyId: string): AccessKey | undefined => {
    const known = held.get(accessKeyId);
    return known && isFresh(now() - known.foundAt, maxAgeMs) ? known.key : undefined;
  };

  return {
    held: findHeld,
    async find(accessKeyId) {
      const known = findHeld(accessKeyId);
      if (known) return known;
      const deletionsBefore = deletions;
      const record = await store.find(accessKeyId);
      if (!record) {
        held.delete(accessKeyId);
        return undefined;
      }
      const key = open(record);
      // The row may have been read before a deletion that has finished since.
      if (deletionsBefore === deletions) held.set(accessKeyId, { key, foundAt: now() });
      return key;
    },
    create,
    createFirstRoot(account) {
      const owner = { account, name: 'root', isRoot: true, policies: [], bounds: [] };
      return store.insertFirstRoot(generateKey(owner, now(), sealer).record);
    },
    async list(account) {
      const records = await store.list(account);
      return records.map(listed);
    },
    async rotate(account, accessKeyId, bounds = []) {
      const record = await findOwn(account, accessKeyId);
      return record && create({ ...record, bounds: joinBounds(record.bounds, bounds) });
    },
    async describe(account, accessKeyId) {
      const record = await findOwn(account, accessKeyId);
      return record && listed(record);
    },
    async delete(account, accessKeyId) {
      const isDeleted = await store.delete(account, accessKeyId);
      deletions += 1;
      held.delete(accessKeyId);
      if (!isDeleted && (await findOwn(account, accessKeyId))) {
        throw new ServiceError('ValidationException', `The key ${accessKeyId} is the last root key of the account.`);
      }
      return isDeleted;
    },
  };
}

/** Generates an id and secret for `owner`; returns the row and the key. */
function generateKey(owner: Required<KeyOwner>, createdAt: number, sealer: Sealer) {
  const key = { ...owner, accessKeyId: newAccessKeyId('AKIA'), createdAt };
  const secretAccessKey = newSecretAccessKey();
  const sealedSecret = sealer.seal(secretAccessKey, sealingContext(key));
  return { record: { ...key, sealedSecret }, key: { ...key, secretAccessKey } };
}

function listed({ sealedSecret: _, ...record }: AccessKeyRecord): ListedAccessKey {
  return record;
}

/** An entry from the future is stale, or it would live on for as long as the clock was set back. */
function isFresh(ageMs: number, maxAgeMs: number): boolean {
  return ageMs >= 0 && ageMs < maxAgeMs;
}

function checkOwner({ name, isRoot, policies }: Required<KeyOwner>): Policy[] {
  const fault = faultOf(name, isRoot, policies.length);
  if (fault !== undefined) throw new ServiceError('ValidationException', fault);
  try {
    const parsed = parsePolicies(policies);
    checkEffort(parsed, 'policies');
    return parsed;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new ServiceError('ValidationException', error.message);
  }
}

function faultOf(name: string, isRoot: boolean, policies: number): string | undefined {
  if (!userName.test(name)) return `The name of a key must satisfy the pattern ${userName.source}.`;
  if (policies > maxPolicies) return `A key may have ${maxPolicies} policies.`;
  if (isRoot && policies > 0) return 'A root key has no policies: it may do everything.';
  return undefined;
}

type Sealed = Pick<AccessKeyRecord, 'accessKeyId' | 'account' | 'isRoot' | 'policies' | 'bounds'>;

/** Binds the secret to its row: it doesn't open if id, account, kind, policies or bounds were edited. */
function sealingContext({ accessKeyId, account, isRoot, policies, bounds }: Sealed): string {
  const owner = `access key ${account}/${accessKeyId}/${isRoot ? 'root' : 'user'}`;
  const digest = (rights: object) => createHash('sha256').update(JSON.stringify(rights)).digest('base64url');
  // Keys from before bounds existed must still open.
  const parts = [
    ...(policies.length > 0 ? [digest(policies)] : []),
    ...(bounds.length > 0 ? ['bounds', digest(bounds)] : []),
  ];
  return [owner, ...parts].join('/');
}
