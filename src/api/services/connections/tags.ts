import { ServiceError } from '../../../contract/errors.ts';
import type { CodeConnections } from '../../../contract/generated.ts';
import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import type { Quotas } from '../../../model/quotas.ts';
import type { describeOperations, OperationsOf } from '../operation.ts';
import { connectionNotFound, namedConnection } from './touched-connection.ts';

type Tag = CodeConnections.Tag;
type TagOperations = 'ListTagsForResource' | 'TagResource' | 'UntagResource';

/** The operations on the tags of connections that were created by the API. */
export function tagOperations(
  operation: ReturnType<typeof describeOperations<'codeconnections'>>,
): Pick<OperationsOf<'codeconnections'>, TagOperations> {
  return {
    ListTagsForResource: operation('ListTagsForResource', {
      note: 'complete',
      resources: ({ ResourceArn }) => namedConnection(ResourceArn),
      async run({ ResourceArn: arn }, call, { store }) {
        const tags = await store.tags.find(call, { kind: 'connection', arn });
        if (!tags) throw connectionNotFound(arn);
        return { Tags: listTags(tags) };
      },
    }),
    TagResource: operation('TagResource', {
      note: 'complete for connections that were created here',
      resources: ({ ResourceArn }) => namedConnection(ResourceArn),
      requestTags: ({ Tags }) => tagsInRequest(Tags.map(asCondition)),
      async run({ ResourceArn: arn, Tags }, call, { store, settings: { quotas } }) {
        const added = checkTags(Tags, quotas);
        const isThere = await store.tags.change(call, { kind: 'connection', arn }, (present) => {
          const merged = { ...present, ...added };
          refuseTooMany(Object.keys(merged).length, quotas);
          return merged;
        });
        if (!isThere) throw connectionNotFound(arn);
        return {};
      },
    }),
    UntagResource: operation('UntagResource', {
      note: 'complete for connections that were created here',
      resources: ({ ResourceArn }) => namedConnection(ResourceArn),
      requestTags: ({ TagKeys }) => ({ 'aws:TagKeys': TagKeys }),
      async run({ ResourceArn: arn, TagKeys }, call, { store }) {
        const removed = new Set(TagKeys);
        const isThere = await store.tags.change(call, { kind: 'connection', arn }, (present) =>
          Object.fromEntries(Object.entries(present).filter(([key]) => !removed.has(key))),
        );
        if (!isThere) throw connectionNotFound(arn);
        return {};
      },
    }),
  };
}

/** Checks tags and returns them as a map. */
export function checkTags(tags: Tag[], quotas: Quotas): Record<string, string> {
  refuseTooMany(tags.length, quotas);
  const keys = tags.map(({ Key }) => Key);
  const system = keys.find((key) => /^aws:/i.test(key));
  if (system !== undefined) {
    throw new ServiceError('ValidationException', `The tag key '${system}' begins with aws:, which is reserved.`);
  }
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice !== undefined) throw new ServiceError('ValidationException', `The tag key '${twice}' is used twice.`);
  return Object.fromEntries(tags.map(({ Key, Value }) => [Key, Value]));
}

function refuseTooMany(count: number, { tagsPerResource }: Quotas): void {
  if (count <= tagsPerResource) return;
  throw new ServiceError('LimitExceededException', `A connection can have ${tagsPerResource} tags.`);
}

/** Returns tags as responses list them, by key. */
export function listTags(tags: Record<string, string>): Tag[] {
  return Object.entries(tags)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .map(([Key, Value]) => ({ Key, Value }));
}

/** Returns a tag in the form that conditions of policies are read from. */
export function asCondition({ Key, Value }: Tag): { key: string; value: string } {
  return { key: Key, value: Value };
}
