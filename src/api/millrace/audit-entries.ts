import { createPageToken, cutPage, readPageToken } from '../page-token.ts';
import { toSeconds } from '../seconds.ts';
import { ownOperation } from './operation.ts';
import { everyNamedResource } from './resources.ts';

const defaultPageSize = 100;

/** Lists who changed resources and answered approvals, the newest entry first. */
export const listAuditEntries = ownOperation('ListAuditEntries', {
  resource: everyNamedResource,
  async run({ maxResults = defaultPageSize, nextToken: token }, call, { store, sealer }) {
    const belongsTo = ['ListAuditEntries', call.account, call.region];
    const before = readPageToken<number>(sealer, belongsTo, token, 'ValidationException');
    const rows = await store.audit.list(call, { before, limit: maxResults + 1 });
    const { items, nextToken } = cutPage(rows, maxResults, ({ sequence }) =>
      createPageToken(sealer, belongsTo, sequence),
    );
    const entries = items.map(({ at, action, subject, origin }) => ({ at: toSeconds(at), action, subject, ...origin }));
    return { entries, nextToken };
  },
});
