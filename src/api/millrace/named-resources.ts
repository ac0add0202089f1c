import { ServiceError } from '../../contract/errors.ts';
import type { ShownResource } from '../../contract/generated.ts';
import type { StoredResource } from '../../model/resource.ts';
import { hideSecrets } from '../../resources/seal-document.ts';
import { createPageToken, cutPage, readPageToken } from '../page-token.ts';
import { toSeconds } from '../seconds.ts';
import { ownOperation } from './operation.ts';
import { everyNamedResource, namedResource } from './resources.ts';

const defaultPageSize = 100;

/** Returns a resource without its secrets. */
export const getResource = ownOperation('GetResource', {
  resource: namedResource,
  async run({ kind, name }, call, { store }) {
    const resource = await store.resources.find(call, kind, name);
    if (!resource) throw missing(kind, name);
    return { resource: show(resource) };
  },
});

/** Lists resources by kind and name. */
export const listResources = ownOperation('ListResources', {
  resource: everyNamedResource,
  async run({ maxResults = defaultPageSize, nextToken: token }, call, { store, sealer }) {
    const belongsTo = ['ListResources', call.account, call.region];
    const position = readPageToken<string>(sealer, belongsTo, token, 'ValidationException');
    const after = position === undefined ? undefined : (JSON.parse(position) as { kind: string; name: string });
    const rows = await store.resources.list(call, { after, limit: maxResults + 1 });
    const { items, nextToken } = cutPage(rows, maxResults, ({ kind, name }) =>
      createPageToken(sealer, belongsTo, JSON.stringify({ kind, name })),
    );
    return { resources: items.map(show), nextToken };
  },
});

/** Deletes a resource. */
export const deleteResource = ownOperation('DeleteResource', {
  resource: namedResource,
  async run({ kind, name }, call, { store, now }) {
    if (!(await store.resources.delete(call, { kind, name }, { at: now(), origin: call.origin }))) {
      throw missing(kind, name);
    }
    return {};
  },
});

function show(resource: StoredResource): ShownResource {
  const { kind, name, version, updatedAt, updatedBy } = resource;
  const document = JSON.stringify(hideSecrets(resource));
  return { kind, name, document, version, updatedAt: toSeconds(updatedAt), updatedBy };
}

function missing(kind: string, name: string): ServiceError {
  return new ServiceError('ResourceNotFoundException', `There is no ${kind} with the name '${name}'.`);
}
