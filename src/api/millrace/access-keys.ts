import { ServiceError } from '../../contract/errors.ts';
import type { AccessKey, AccessKeys, ListedAccessKey } from '../../identity/access-keys/access-key.ts';
import { boundsOf } from '../../identity/access-keys/key-bounds.ts';
import type { Caller } from '../../identity/caller.ts';
import type { AdminMember, AdminOperation } from './operation.ts';
import { policyWarnings } from './policy-warnings.ts';
import { everyUser, namedUser, userOfKey } from './touched-resource.ts';

const accessKeyId: AdminMember = { type: 'string', isRequired: true, sentence: 'The id of a key of this account.' };

const newKeyOutput = {
  accessKeyId: 'The id of the new key.',
  secretAccessKey: 'Its secret, which is returned only here.',
  name: 'The name of the key.',
  boundedBy:
    'The ARNs of the keys that created it, without itself: the key may do only what their policies allowed at that moment. Empty for a key created by a root key.',
};

/** A new key; its secret is in the answer and nowhere else. */
export const createAccessKey: AdminOperation = {
  sentence: 'Creates an access key with the given policies. If the caller is not root, its policies bound the new key.',
  resource: namedUser,
  input: {
    name: { type: 'string', isRequired: true, sentence: 'The holder of the key, as in the ARN of an IAM user.' },
    policies: {
      type: 'strings',
      isRequired: true,
      sentence: 'At most 10: names of managed policies such as `AWSCodePipeline_ReadOnlyAccess`, or policy documents.',
    },
  },
  output: {
    ...newKeyOutput,
    warnings: 'Parts of the policies without effect, such as names of operations that do not exist.',
  },
  async run({ name, policies }, account, { accessKeys }, { caller }) {
    const owner = { account, name: String(name), policies: policies as string[], isRoot: false };
    const key = await accessKeys.create({ ...owner, bounds: boundsOf(caller) });
    return { ...showNewKey(key), warnings: policyWarnings(key.policies ?? []) };
  },
};

/** Every key without its secret. */
export const listAccessKeys: AdminOperation = {
  sentence: 'Lists the access keys of the account, oldest first, without their secrets.',
  resource: everyUser,
  input: {},
  output: {
    accessKeys:
      'For each key: accessKeyId, name, isRoot, policies as they were given, boundedBy, createdAt in seconds.',
  },
  run: async (_input, account, { accessKeys }) => ({ accessKeys: (await accessKeys.list(account)).map(showListedKey) }),
};

/** The key stops working. */
export const deleteAccessKey: AdminOperation = {
  sentence:
    'Deletes an access key. The last root key of an account cannot be deleted, and only a root key can delete a root key.',
  resource: userOfKey,
  input: { accessKeyId },
  output: {},
  async run(input, account, { accessKeys }, { caller }) {
    const id = String(input.accessKeyId);
    await requireRootForRoot(id, 'DeleteAccessKey', { caller, account, accessKeys });
    if (!(await accessKeys.delete(account, id))) throw unknownKey(id);
    return {};
  },
};

/** A successor for a key, so that its holder can change over without a gap. */
export const rotateAccessKey: AdminOperation = {
  sentence:
    'Creates a new key with the name and policies of an existing one, which keeps working until it is deleted. If a caller that is not root rotates the key of another user, its policies bound the new key, as with CreateAccessKey.',
  resource: userOfKey,
  input: { accessKeyId },
  output: newKeyOutput,
  async run(input, account, { accessKeys }, { caller }) {
    const id = String(input.accessKeyId);
    await requireRootForRoot(id, 'RotateAccessKey', { caller, account, accessKeys });
    // The holder of a key has all that its successor may do; anybody else must not get more than he has.
    const bounds = caller.accessKeyId === id ? [] : boundsOf(caller);
    const key = await accessKeys.rotate(account, id, bounds);
    if (!key) throw unknownKey(id);
    return showNewKey(key);
  },
};

/** No policy reaches the root user: its keys are changed by itself alone. */
async function requireRootForRoot(
  id: string,
  operation: string,
  { caller, account, accessKeys }: { caller: Caller; account: string; accessKeys: AccessKeys },
): Promise<void> {
  if (caller.kind === 'root' || !(await accessKeys.describe(account, id))?.isRoot) return;
  throw new ServiceError(
    'AccessDeniedException',
    `User: ${caller.arn} is not authorized to perform: millrace:${operation} on resource: arn:aws:iam::${account}:root because only a root key may change root keys`,
  );
}

function unknownKey(id: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `The account has no access key ${id}.`);
}

function showNewKey({ accessKeyId: id, secretAccessKey, name, bounds = [] }: AccessKey) {
  return { accessKeyId: id, secretAccessKey, name, boundedBy: bounds.map(({ arn }) => arn) };
}

function showListedKey({ createdAt, accessKeyId: id, name, isRoot, policies, bounds }: ListedAccessKey) {
  const boundedBy = bounds.map(({ arn }) => arn);
  return { accessKeyId: id, name, isRoot, policies, boundedBy, createdAt: createdAt / 1000 };
}
