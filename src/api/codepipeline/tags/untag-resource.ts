import { operation } from '../operation.ts';
import { readResourceArn, resourceNotFound } from '../resource-arn.ts';
import { taggedResource } from '../resources.ts';
import { refuseSystemTags } from './tags.ts';

/** Removes tags by their keys; a key the resource does not have is no error. */
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
