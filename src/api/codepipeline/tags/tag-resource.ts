import { tagsInRequest } from '../../../identity/policies/evaluate-policy.ts';
import { operation } from '../operation.ts';
import { readResourceArn, resourceNotFound } from '../resource-arn.ts';
import { taggedResource } from '../resources.ts';
import { checkTags, mergeTags } from './tags.ts';

/** Adds tags, or gives the keys that are there new values. */
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
