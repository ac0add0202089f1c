import type { EventDelivery } from '../../contract/generated.ts';
import { deliveryMs, type ListedDelivery } from '../../model/event-delivery.ts';
import { createPageToken, cutPage, readPageToken } from '../page-token.ts';
import { toSeconds } from '../seconds.ts';
import { ownOperation } from './operation.ts';
import { everyEventDelivery } from './resources.ts';

const defaultPageSize = 100;

/** Lists deliveries of events, the newest first. */
export const listEventDeliveries = ownOperation('ListEventDeliveries', {
  resource: everyEventDelivery,
  async run({ status, maxResults = defaultPageSize, nextToken: token }, call, { store, sealer }) {
    const belongsTo = ['ListEventDeliveries', call.account, call.region, status ?? ''];
    const before = readPageToken<number>(sealer, belongsTo, token, 'ValidationException');
    const rows = await store.eventDeliveries.list(call, { status, before, limit: maxResults + 1 });
    const { items, nextToken } = cutPage(rows, maxResults, ({ sequence }) =>
      createPageToken(sealer, belongsTo, sequence),
    );
    return { deliveries: items.map(show), nextToken };
  },
});

/** Sends deliveries again. */
export const redeliverEvents = ownOperation('RedeliverEvents', {
  resource: everyEventDelivery,
  async run({ ids }, call, { store, now }) {
    const at = now();
    await store.eventDeliveries.redeliver(call, ids, { at, expiresAt: at + deliveryMs, origin: call.origin });
    return {};
  },
});

function show({ receiver, createdAt, dueAt, endedAt, ...delivery }: ListedDelivery): EventDelivery {
  const { id, eventId, detailType, status, attempts, failure } = delivery;
  return {
    id,
    receiverKind: receiver.destination,
    receiver: receiver.name,
    eventId,
    detailType,
    status,
    attempts,
    failure,
    createdAt: toSeconds(createdAt),
    nextAttemptAt: dueAt === undefined ? undefined : toSeconds(dueAt),
    endedAt: endedAt === undefined ? undefined : toSeconds(endedAt),
  };
}
