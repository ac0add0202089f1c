import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import type { describeOperations, OperationsOf } from '../operation.ts';
import { asCondition, checkTags, listTags, mergeTags } from '../tags.ts';
import { findDeclared, notCreated } from './found-connection.ts';
import { connectionNotFound, namedConnection } from './touched-connection.ts';

type TagOperations = 'ListTagsForResource' | 'TagResource' | 'UntagResource';

/** The operations on the tags of connections that were created by the API. */
export function tagOperations(
  operation: ReturnType<typeof describeOperations<'codeconnections'>>,
): Pick<OperationsOf<'codeconnections'>, TagOperations> {
  return {
    ListTagsForResource: operation('ListTagsForResource', {
      note: 'complete; declared connections have no tags',
      resources: ({ ResourceArn }) => namedConnection(ResourceArn),
      async run({ ResourceArn: arn }, call, dependencies) {
        const tags = await dependencies.store.tags.find(call, { kind: 'connection', arn });
        if (!tags && !(await findDeclared(arn, call, dependencies))) throw connectionNotFound(arn);
        return { Tags: listTags(tags ?? {}) };
      },
    }),
    TagResource: operation('TagResource', {
      note: 'complete for connections that were created here',
      resources: ({ ResourceArn }) => namedConnection(ResourceArn),
      requestTags: ({ Tags }) => tagsInRequest(Tags.map(asCondition)),
      async run({ ResourceArn: arn, Tags }, call, dependencies) {
        const { quotas } = dependencies.settings;
        const limits = { quotas, what: 'connection' };
        const added = checkTags(Tags, limits);
        const isThere = await dependencies.store.tags.change(call, { kind: 'connection', arn }, (present) =>
          mergeTags(present, added, limits),
        );
        if (!isThere) throw await notCreated(arn, call, dependencies);
        return {};
      },
    }),
    UntagResource: operation('UntagResource', {
      note: 'complete for connections that were created here',
      resources: ({ ResourceArn }) => namedConnection(ResourceArn),
      requestTags: ({ TagKeys }) => ({ 'aws:TagKeys': TagKeys }),
      async run({ ResourceArn: arn, TagKeys }, call, dependencies) {
        const removed = new Set(TagKeys);
        const isThere = await dependencies.store.tags.change(call, { kind: 'connection', arn }, (present) =>
          Object.fromEntries(Object.entries(present).filter(([key]) => !removed.has(key))),
        );
        if (!isThere) throw await notCreated(arn, call, dependencies);
        return {};
      },
    }),
  };
}
