import { ServiceError } from '../../contract/errors.ts';
import type { ActionTypeDeclaration, ActionTypeId } from '../../contract/generated.ts';
import { actionTypeArn, pipelineArn, userArn } from '../../model/arn.ts';
import { resourceArn } from '../../model/resource.ts';
import type { Dependencies } from '../dependencies.ts';
import type { OwnCall } from './operation.ts';

/** What a call of our own API touches, as policies see it. */
export interface OwnResource<Input> {
  /** For the reference page. */
  documentation: string;
  /** Returns its ARN; undefined if there is no such thing, which the operation itself then reports. */
  arnOf(input: Input, call: OwnCall, dependencies: Dependencies): Promise<string | undefined> | string;
}

/** The whole installation; nothing smaller has an ARN. */
export const everything: OwnResource<unknown> = { documentation: '`*`', arnOf: () => '*' };

/** The user who gets a new key. */
export const namedUser: OwnResource<{ name: string }> = {
  documentation: '`arn:aws:iam::<account>:user/<name>`',
  arnOf: ({ name }, { account }) => userArn(account, name),
};

/** Every user of the account. */
export const everyUser: OwnResource<unknown> = {
  documentation: '`arn:aws:iam::<account>:user/*`',
  arnOf: (_, { account }) => userArn(account, '*'),
};

/** The user of an existing key. */
export const userOfKey: OwnResource<{ accessKeyId: string }> = {
  documentation: '`arn:aws:iam::<account>:user/<name>` of the key; of a root key `arn:aws:iam::<account>:root`',
  async arnOf({ accessKeyId }, { account }, { accessKeys }) {
    const key = await accessKeys.describe(account, accessKeyId);
    if (!key) return undefined;
    return key.isRoot ? `arn:aws:iam::${account}:root` : userArn(account, key.name);
  },
};

const typeId = /^(\w{1,20})\/ThirdParty\/([\w-]{1,35})\/([\w-]{1,9})$/;

/** Parses `Category/ThirdParty/Provider/Version`. Throws ValidationException for anything else. */
export function readTypeId(text: string): ActionTypeId {
  const [, category, provider, version] = typeId.exec(text) ?? [];
  if (category === undefined || provider === undefined || version === undefined) {
    throw new ServiceError('ValidationException', 'An action type is named as Category/ThirdParty/Provider/Version.');
  }
  // No type can have been registered under a category that the model lacks, so it is simply not found.
  return { category, owner: 'ThirdParty', provider, version } as ActionTypeId;
}

/** A partner's action type, named by its id. */
export const namedType: OwnResource<{ actionType: string }> = {
  documentation: '`arn:aws:codepipeline:<region>:<account>:actionType:ThirdParty/<Category>/<Provider>/<Version>`',
  arnOf: ({ actionType }, call) => actionTypeArn(call, readTypeId(actionType)),
};

/** The action type of a declaration. */
export const declaredType: OwnResource<{ actionType: ActionTypeDeclaration }> = {
  documentation: namedType.documentation,
  arnOf({ actionType }, call) {
    const { category, provider, version } = actionType.id;
    return actionTypeArn(call, { category, owner: 'ThirdParty', provider, version });
  },
};

/** Everything of CodePipeline in the account and region, which ListPipelines requires, too. */
export const everyResource: OwnResource<unknown> = {
  documentation: '`arn:aws:codepipeline:<region>:<account>:*`',
  arnOf: (_, call) => pipelineArn(call, '*'),
};

/** A pipeline by its name, or everything of CodePipeline without one. */
export const pipelineOrEvery: OwnResource<{ pipelineName?: string }> = {
  documentation: '`arn:aws:codepipeline:<region>:<account>:<pipelineName>`, without a name `…:*`',
  arnOf: ({ pipelineName }, call) => pipelineArn(call, pipelineName ?? '*'),
};

/** The action type of a job, so a key for one action type covers its jobs, too. */
export const typeOfJob: OwnResource<{ jobId: string }> = {
  documentation:
    "the ARN of the job's action type, `arn:aws:codepipeline:<region>:<account>:actionType:<Owner>/<Category>/<Provider>/<Version>`",
  async arnOf({ jobId }, call, { store }) {
    const job = await store.jobs.facts(jobId);
    if (job?.account !== call.account || job.region !== call.region) return undefined;
    return actionTypeArn(call, job.actionTypeId as ActionTypeId);
  },
};

/** A resource by its kind and name. */
export const namedResource: OwnResource<{ kind: string; name: string }> = {
  documentation: '`arn:aws:millrace:<region>:<account>:resource/<Kind>/<name>`',
  arnOf: (input, call) => resourceArn(call, input),
};

/** A repository by its name. */
export const namedRepository: OwnResource<{ repository: string }> = {
  documentation: '`arn:aws:millrace:<region>:<account>:resource/Repository/<name>`',
  arnOf: ({ repository }, call) => resourceArn(call, { kind: 'Repository', name: repository }),
};

/** Every resource of the account and Region. */
export const everyNamedResource: OwnResource<unknown> = {
  documentation: '`arn:aws:millrace:<region>:<account>:resource/*`',
  arnOf: (_, call) => `arn:aws:millrace:${call.region}:${call.account}:resource/*`,
};

/** The deliveries of events in the account and Region. */
export const everyEventDelivery: OwnResource<unknown> = {
  documentation: '`arn:aws:millrace:<region>:<account>:event-delivery/*`',
  arnOf: (_, call) => `arn:aws:millrace:${call.region}:${call.account}:event-delivery/*`,
};
