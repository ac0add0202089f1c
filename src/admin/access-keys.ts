import { ServiceError } from '../contract/errors.ts';
import type { AccessKey, ListedAccessKey } from '../identity/access-key.ts';
import type { AdminMember, AdminOperation } from './operation.ts';

const accessKeyId: AdminMember = { type: 'string', isRequired: true, sentence: 'The id of a key of this account.' };

const newKeyOutput = {
  accessKeyId: 'The id of the new key.',
  secretAccessKey: 'Its secret. This answer is the only time it is told.',
  name: 'The name of the key.',
};

/** A new key; its secret is in the answer and nowhere else. */
export const createAccessKey: AdminOperation = {
  sentence: 'Makes an access key that may do what its policies allow.',
  input: {
    name: { type: 'string', isRequired: true, sentence: 'Who holds the key, as in the ARN of an IAM user.' },
    policies: {
      type: 'strings',
      isRequired: true,
      sentence: 'At most 10: names of managed policies such as `AWSCodePipeline_ReadOnlyAccess`, or policy documents.',
    },
  },
  output: newKeyOutput,
  async run({ name, policies }, account, { accessKeys }) {
    const owner = { account, name: String(name), policies: policies as string[], isRoot: false };
    return showNewKey(await accessKeys.create(owner));
  },
};

/** Every key without its secret. */
export const listAccessKeys: AdminOperation = {
  sentence: 'Lists the access keys of the account, oldest first, without their secrets.',
  input: {},
  output: { accessKeys: 'For each key: accessKeyId, name, isRoot, policies as they were given, createdAt in seconds.' },
  run: async (_input, account, { accessKeys }) => ({ accessKeys: (await accessKeys.list(account)).map(showListedKey) }),
};

/** The key stops working. */
export const deleteAccessKey: AdminOperation = {
  sentence: 'Takes an access key away. The last root key of the account stays.',
  input: { accessKeyId },
  output: {},
  async run(input, account, { accessKeys }) {
    const id = String(input.accessKeyId);
    if (!(await accessKeys.delete(account, id))) throw unknownKey(id);
    return {};
  },
};

/** A successor for a key, so that its holder can change over without a gap. */
export const rotateAccessKey: AdminOperation = {
  sentence: 'Makes a new key with the name and the policies of another one, which goes on working until it is deleted.',
  input: { accessKeyId },
  output: newKeyOutput,
  async run(input, account, { accessKeys }) {
    const id = String(input.accessKeyId);
    const key = await accessKeys.rotate(account, id);
    if (!key) throw unknownKey(id);
    return showNewKey(key);
  },
};

function unknownKey(id: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `The account has no access key ${id}.`);
}

function showNewKey({ accessKeyId: id, secretAccessKey, name }: AccessKey) {
  return { accessKeyId: id, secretAccessKey, name };
}

function showListedKey({ createdAt, accessKeyId: id, name, isRoot, policies }: ListedAccessKey) {
  return { accessKeyId: id, name, isRoot, policies, createdAt: createdAt / 1000 };
}
