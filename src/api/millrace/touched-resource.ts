import { ServiceError } from '../../contract/errors.ts';
import type { ActionTypeId } from '../../contract/generated.ts';
import { actionTypeArn, pipelineArn, userArn } from '../../model/arn.ts';
import { readTypeId } from './action-type-id.ts';
import type { AdminCall, AdminInput, AdminParts } from './operation.ts';

/** What a call of our own API touches, by which policies judge it. */
export interface TouchedResource {
  /** As the reference page says it. */
  sentence: string;
  /** Its ARN; undefined when there is no such thing, which the operation itself then says. */
  arnOf(input: AdminInput, call: AdminCall, parts: AdminParts): Promise<string | undefined> | string;
}

/** Of the whole installation; there is nothing smaller to name. */
export const everything: TouchedResource = { sentence: '`*`', arnOf: () => '*' };

/** The holder of the key to be made. */
export const namedUser: TouchedResource = {
  sentence: '`arn:aws:iam::<account>:user/<name>`',
  arnOf: ({ name }, { account }) => userArn(account, String(name)),
};

/** Every holder of a key. */
export const everyUser: TouchedResource = {
  sentence: '`arn:aws:iam::<account>:user/*`',
  arnOf: (_, { account }) => userArn(account, '*'),
};

/** The holder of the key that is named by its id. */
export const userOfKey: TouchedResource = {
  sentence: '`arn:aws:iam::<account>:user/<name>` of the key; of a root key `arn:aws:iam::<account>:root`',
  async arnOf({ accessKeyId }, { account }, { accessKeys }) {
    const key = await accessKeys.describe(account, String(accessKeyId));
    if (!key) return undefined;
    return key.isRoot ? `arn:aws:iam::${account}:root` : userArn(account, key.name);
  },
};

/** A partner's action type that is named by its id. */
export const namedType: TouchedResource = {
  sentence: '`arn:aws:codepipeline:<region>:<account>:actionType:ThirdParty/<Category>/<Provider>/<Version>`',
  arnOf: ({ actionType }, call) => actionTypeArn(call, readTypeId(actionType)),
};

/** The action type of a declaration. */
export const declaredType: TouchedResource = {
  sentence: namedType.sentence,
  arnOf({ actionType }, call) {
    const { category, provider, version } = (actionType as { id?: Partial<ActionTypeId> }).id ?? {};
    if (category === undefined || provider === undefined || version === undefined) {
      throw new ServiceError(
        'ValidationException',
        "'actionType' must have an id with category, provider and version.",
      );
    }
    return actionTypeArn(call, { category, owner: 'ThirdParty', provider, version });
  },
};

/** Whatever of CodePipeline the account has in the region, as ListPipelines asks for it. */
export const everyResource: TouchedResource = {
  sentence: '`arn:aws:codepipeline:<region>:<account>:*`',
  arnOf: (_, call) => pipelineArn(call, '*'),
};

/** The action type of a job: what a robot for one type may do it may do with the jobs of that type. */
export const typeOfJob: TouchedResource = {
  sentence:
    "the ARN of the job's action type, `arn:aws:codepipeline:<region>:<account>:actionType:<Owner>/<Category>/<Provider>/<Version>`",
  async arnOf({ jobId }, call, { store }) {
    const owner = await store.jobs.owner(String(jobId));
    if (owner?.account !== call.account || owner.region !== call.region) return undefined;
    return actionTypeArn(call, owner.actionTypeId as ActionTypeId);
  },
};
