import { ServiceError } from '../../../contract/errors.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import type { Scope } from '../../../model/pipeline.ts';
import { describeOperations, type OperationsOf } from '../operation.ts';
import { asCondition, checkTags, listTags, mergeTags } from '../tags.ts';
import { namedRule, ruleNotFound } from './event-bus.ts';

const operation = describeOperations<'events'>('events');

/** The operations on the tags of rules. */
export const ruleTagOperations: Pick<
  OperationsOf<'events'>,
  'ListTagsForResource' | 'TagResource' | 'UntagResource'
> = {
  ListTagsForResource: operation('ListTagsForResource', {
    note: 'complete for rules',
    resources: ({ ResourceARN }, scope) => taggedRule(ResourceARN, scope),
    async run({ ResourceARN }, call, { store }) {
      const name = ruleOfArn(ResourceARN, call);
      const tags = await store.tags.find(call, { kind: 'eventRule', name });
      if (!tags) throw ruleNotFound(name);
      return { Tags: listTags(tags) };
    },
  }),
  TagResource: operation('TagResource', {
    note: 'complete for rules',
    resources: ({ ResourceARN }, scope) => taggedRule(ResourceARN, scope),
    requestTags: ({ Tags }) => tagsInRequest(Tags.map(asCondition)),
    async run({ ResourceARN, Tags }, call, { store, settings: { quotas } }) {
      const name = ruleOfArn(ResourceARN, call);
      const limits = { quotas, what: 'rule' };
      const added = checkTags(Tags, limits);
      const tagged = { kind: 'eventRule', name } as const;
      if (!(await store.tags.change(call, tagged, (present) => mergeTags(present, added, limits)))) {
        throw ruleNotFound(name);
      }
      return {};
    },
  }),
  UntagResource: operation('UntagResource', {
    note: 'complete for rules',
    resources: ({ ResourceARN }, scope) => taggedRule(ResourceARN, scope),
    requestTags: ({ TagKeys }) => ({ 'aws:TagKeys': TagKeys }),
    async run({ ResourceARN, TagKeys }, call, { store }) {
      const name = ruleOfArn(ResourceARN, call);
      const removed = new Set(TagKeys);
      const isThere = await store.tags.change(call, { kind: 'eventRule', name }, (present) =>
        Object.fromEntries(Object.entries(present).filter(([key]) => !removed.has(key))),
      );
      if (!isThere) throw ruleNotFound(name);
      return {};
    },
  }),
};

const ruleArnShape = /^arn:aws[\w-]*:events:([a-z0-9-]+):(\d{12}):rule\/(?:default\/)?([.\-_A-Za-z0-9]{1,64})$/;

/** A rule is judged with its tags; any other resource is found by nobody. */
function taggedRule(arn: string, scope: Scope) {
  const [, region, account, name] = ruleArnShape.exec(arn) ?? [];
  const isHere = region === scope.region && account === scope.account;
  return isHere && name !== undefined ? namedRule(name, scope) : [{ arn }];
}

function ruleOfArn(arn: string, scope: Scope): string {
  const [, region, account, name] = ruleArnShape.exec(arn) ?? [];
  if (name === undefined) {
    const message = `Parameter ResourceARN is not valid. Reason: '${arn}' is not the ARN of a rule on the default event bus.`;
    throw new ServiceError('ValidationException', message);
  }
  if (region !== scope.region || account !== scope.account) throw ruleNotFound(name);
  return name;
}
