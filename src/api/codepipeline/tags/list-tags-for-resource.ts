import { createPageToken, cutPage, readPageToken } from '../../page-token.ts';
import { operation } from '../operation.ts';
import { readResourceArn, resourceNotFound } from '../resource-arn.ts';
import { taggedResource } from '../resources.ts';
import { listTags } from './tags.ts';

/** The tags of a resource by key; all in one answer unless the caller asks for smaller pages. */
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
