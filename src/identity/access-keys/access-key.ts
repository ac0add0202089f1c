import { createHash, randomBytes } from 'node:crypto';
import { LRUCache } from 'lru-cache';
import { ServiceError } from '../../contract/errors.ts';
import type { AccessKeyRecord, AccessKeyStore, KeyBound } from '../../store/access-key-rows.ts';
import type { RoleCaller, UserCaller } from '../caller.ts';
import { parsePolicies } from '../policies/managed-policies.ts';
import type { Policy } from '../policies/policy.ts';
import { checkEffort } from '../policies/policy-effort.ts';
import { PolicyError } from '../policies/policy-json.ts';
import type { Sealer } from '../secrets/sealer.ts';
import { encodeBase32 } from './base32.ts';
import { joinBounds, openBounds } from './key-bounds.ts';

/** A long-lived key with its secret in clear; `createdAt` in ms. */
export interface AccessKey {
  accessKeyId: string;
  account: string;
  name: string;
  isRoot: boolean;
  createdAt: number;
  secretAccessKey: string;
  /** Parsed once, when the key is found. Absent is none. */
  policies?: Policy[];
  /** Those who made it and were not root: it may do what all of them might. */
  bounds?: (UserCaller | RoleCaller)[];
}

/** Whose key is to be made. */
interface KeyOwner {
  account: string;
  /** The user's name, as in IAM: it shows in the caller's ARN. */
  name: string;
  isRoot: boolean;
  /** JSON documents, and names or ARNs of managed policies. */
  policies?: string[];
  /** Made by `boundsOf` of whoever makes the key; absent is none. */
  bounds?: KeyBound[];
}

/** A key as it is listed: everything but its secret, its policies as they were given. */
export type ListedAccessKey = Omit<AccessKeyRecord, 'sealedSecret'>;

// As many as IAM attaches to one user.
const maxPolicies = 10;
const userName = /^[\w+=,.@-]{1,64}$/;

/** The long-lived keys, opened and held in memory so that a request needs no look-up. */
export interface AccessKeys {
  /** The key if it is held in memory; undefined tells nothing. */
  held(accessKeyId: string): AccessKey | undefined;
  /** The key with this id; undefined when nobody has it. Throws `SealError` when its secret cannot be opened. */
  find(accessKeyId: string): Promise<AccessKey | undefined>;
  /**
   * Creates and stores a key. The answer is the only time its secret is told. Throws ValidationException for a name
   * that is none, and for a policy that would not be obeyed as written.
   */
  create(owner: KeyOwner): Promise<AccessKey>;
  /** Makes a root key for an account that has none; of several nodes that start at once one does. */
  createFirstRoot(account: string): Promise<void>;
  /** Every key of the account, oldest first. */
  list(account: string): Promise<ListedAccessKey[]>;
  /**
   * A new key for the same owner with the same policies and these bounds besides its own; the old one works until it
   * is deleted. Undefined when the account has no such key.
   */
  rotate(account: string, accessKeyId: string, bounds?: KeyBound[]): Promise<AccessKey | undefined>;
  /** The stored key without its secret; undefined when the account has none with this id. */
  describe(account: string, accessKeyId: string): Promise<ListedAccessKey | undefined>;
  /**
   * Takes the key away: here at once, on other nodes when what they hold is old. False when the account has no such
   * key. Throws ValidationException for the last root key of the account.
   */
  delete(account: string, accessKeyId: string): Promise<boolean>;
}

/** `prefix` (`AKIA` for long-lived keys, `ASIA` for temporary ones) and 16 random base32 characters. */
export function newAccessKeyId(prefix: 'AKIA' | 'ASIA'): string {
  return prefix + encodeBase32(randomBytes(10));
}

/** 40 random characters of base64: 240 bits. */
function newSecretAccessKey(): string {
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

/** A fresh id and secret for `owner`, as the row and as the key itself. */
function generateKey(owner: Required<KeyOwner>, createdAt: number, sealer: Sealer) {
  const key = { ...owner, accessKeyId: newAccessKeyId('AKIA'), createdAt };
  const secretAccessKey = newSecretAccessKey();
  const sealedSecret = sealer.seal(secretAccessKey, sealingContext(key));
  return { record: { ...key, sealedSecret }, key: { ...key, secretAccessKey } };
}

function listed({ sealedSecret: _, ...record }: AccessKeyRecord): ListedAccessKey {
  return record;
}

/** A clock that was set back would keep a key for ever: what seems to come from the future is asked for again. */
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

/** The secret is bound to its row: it does not open when its id, account, kind, policies or bounds were changed by hand. */
function sealingContext({ accessKeyId, account, isRoot, policies, bounds }: Sealed): string {
  const owner = `access key ${account}/${accessKeyId}/${isRoot ? 'root' : 'user'}`;
  const digest = (rights: object) => createHash('sha256').update(JSON.stringify(rights)).digest('base64url');
  // Keys made before there were bounds have none, and open as ever.
  const parts = [
    ...(policies.length > 0 ? [digest(policies)] : []),
    ...(bounds.length > 0 ? ['bounds', digest(bounds)] : []),
  ];
  return [owner, ...parts].join('/');
}
