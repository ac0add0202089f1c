import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { operation } from '../operation.ts';
import { taggedResource } from '../resources.ts';
import { readResourceArn, resourceNotFound } from './resource-arn.ts';
import { checkTags, listTags, mergeTags, refuseSystemTags } from './tags.ts';

/** Adds tags and replaces the values of existing keys. */
export const tagResource = operation('TagResource', {
  note: 'complete',
  resources: taggedResource,
  requestTags: ({ tags }) => tagsInRequest(tags),
  async run(input, call, { store, settings: { quotas } }) {
    const { resourceArn } = input;
    const resource = readResourceArn(resourceArn, call);
    const added = checkTags(input.tags, resourceArn, quotas);
    const isThere = await store.tags.change(call, resource, (present) =>
      mergeTags(present, added, resourceArn, quotas),
    );
    if (!isThere) throw resourceNotFound(resource, call);
    return {};
  },
});

/** Removes tags by their keys; a missing key is no error. */
export const untagResource = operation('UntagResource', {
  note: 'complete',
  resources: taggedResource,
  requestTags: ({ tagKeys }) => ({ 'aws:TagKeys': tagKeys }),
  async run(input, call, { store }) {
    const resource = readResourceArn(input.resourceArn, call);
    refuseSystemTags(input.tagKeys);
    const removed = new Set(input.tagKeys);
    const isThere = await store.tags.change(call, resource, (present) =>
      Object.fromEntries(Object.entries(present).filter(([key]) => !removed.has(key))),
    );
    if (!isThere) throw resourceNotFound(resource, call);
    return {};
  },
});

/** Lists the tags of a resource by key, all in one page unless the caller asks for smaller ones. */
export const listTagsForResource = operation('ListTagsForResource', {
  note: 'complete',
  resources: taggedResource,
  async run(input, call, { store, sealer }) {
    const { resourceArn, maxResults, nextToken: token } = input;
    const resource = readResourceArn(resourceArn, call);
    const belongsTo = ['ListTagsForResource', call.account, call.region, resourceArn];
    const afterKey = readPageToken<string>(sealer, belongsTo, token) ?? '';
    const tags = await store.tags.find(call, resource);
    if (!tags) throw resourceNotFound(resource, call);
    const rest = listTags(tags).filter(({ key }) => key > afterKey);
    const { items, nextToken } = cutPage(rest, maxResults ?? rest.length, ({ key }) =>
      createPageToken(sealer, belongsTo, key),
    );
    return { tags: items, nextToken };
  },
});
