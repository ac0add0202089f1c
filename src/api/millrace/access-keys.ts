import { ServiceError } from '../../contract/errors.ts';
import type { AccessKey, AccessKeys, ListedAccessKey } from '../../identity/access-keys/access-key.ts';
import { boundsOf } from '../../identity/access-keys/key-bounds.ts';
import { toSeconds } from '../seconds.ts';
import { type OwnCall, ownOperation } from './operation.ts';
import { policyWarnings } from './policy-warnings.ts';
import { everyUser, namedUser, userOfKey } from './resources.ts';

/** Creates a key. Its secret is in this response and nowhere else. */
export const createAccessKey = ownOperation('CreateAccessKey', {
  resource: namedUser,
  async run({ name, policies }, { account, caller }, { accessKeys }) {
    const key = await accessKeys.create({ account, name, policies, isRoot: false, bounds: boundsOf(caller) });
    return { ...showNewKey(key), warnings: policyWarnings(key.policies ?? []) };
  },
});

/** Lists keys without their secrets. */
export const listAccessKeys = ownOperation('ListAccessKeys', {
  resource: everyUser,
  async run(_input, { account }, { accessKeys }) {
    return { accessKeys: (await accessKeys.list(account)).map(showListedKey) };
  },
});

/** Deletes a key. */
export const deleteAccessKey = ownOperation('DeleteAccessKey', {
  resource: userOfKey,
  async run({ accessKeyId }, call, { accessKeys }) {
    await requireRootForRoot(accessKeyId, 'DeleteAccessKey', call, accessKeys);
    if (!(await accessKeys.delete(call.account, accessKeyId))) throw unknownKey(accessKeyId);
    return {};
  },
});

/** Creates a successor to a key, so its holder can change over without a gap. */
export const rotateAccessKey = ownOperation('RotateAccessKey', {
  resource: userOfKey,
  async run({ accessKeyId }, call, { accessKeys }) {
    const { account, caller } = call;
    await requireRootForRoot(accessKeyId, 'RotateAccessKey', call, accessKeys);
    // Holders already have all the rights of the successor; other callers must not gain any by rotating.
    const bounds = caller.accessKeyId === accessKeyId ? [] : boundsOf(caller);
    const key = await accessKeys.rotate(account, accessKeyId, bounds);
    if (!key) throw unknownKey(accessKeyId);
    return showNewKey(key);
  },
});

/** Rejects changes to root keys by anyone but root: no policy can allow them. */
async function requireRootForRoot(
  accessKeyId: string,
  operation: string,
  { caller, account }: OwnCall,
  accessKeys: AccessKeys,
): Promise<void> {
  if (caller.kind === 'root' || !(await accessKeys.describe(account, accessKeyId))?.isRoot) return;
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: millrace:${operation} on resource: arn:aws:iam::${account}:root because only a root key may change root keys`,
  );
}

function unknownKey(accessKeyId: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `The account has no access key ${accessKeyId}.`);
}

function showNewKey({ accessKeyId, secretAccessKey, name, bounds = [] }: AccessKey) {
  return { accessKeyId, secretAccessKey, name, boundedBy: bounds.map(({ arn }) => arn) };
}

function showListedKey({ createdAt, accessKeyId, name, isRoot, policies, bounds }: ListedAccessKey) {
  const boundedBy = bounds.map(({ arn }) => arn);
  return { accessKeyId, name, isRoot, policies, boundedBy, createdAt: toSeconds(createdAt) };
}
