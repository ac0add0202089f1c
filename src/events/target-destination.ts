import type { Event } from '../model/event.ts';
import type { Scope } from '../model/pipeline.ts';
import type { StoredResource } from '../model/resource.ts';
import type { Store } from '../store/store.ts';
import { isApprovalNeeded, withReviewLink } from './approval-needed.ts';
import { DeliveryFailure, type Destination } from './destination.ts';
import { compilePattern, type EventPattern } from './patterns.ts';
import { senders } from './targets/index.ts';

interface TargetParts {
  resources: Pick<Store['resources'], 'find' | 'isUsed' | 'ofKind'>;
  /** Returns the document of a target with its secrets open. */
  open(scope: Scope, target: StoredResource): StoredResource['document'];
  /** Returns the page on which the readers of a target can answer an approval. */
  approvalUrl(approval: Scope & { pipelineName: string; token: string; target: string }): string;
}

/** Who hears of an event. */
interface Listener {
  name: string;
  createdAt: number;
  pattern?: EventPattern;
  /** Approvals with this `NotificationArn` are for it; without a pattern nothing else is. */
  topicArn?: string;
}

/** Creates the destination of event targets: each gets the events of its account and Region that its pattern selects. */
export function createTargetDestination({ resources, open, approvalUrl }: TargetParts): Destination {
  const listeners = async (scope: Scope) => (await resources.ofKind(scope, 'EventTarget')).map(listenerOf);
  return {
    kind: 'EventTarget',
    hasSubscribers: () => resources.isUsed('EventTarget'),
    async subscribersOf(events) {
      // Most batches are of one account and Region.
      const listed = new Map<string, Promise<Listener[]>>();
      return Promise.all(
        events.map(async (event) => {
          const { account, region } = event;
          const key = JSON.stringify([account, region]);
          const found = listed.get(key) ?? listeners({ account, region });
          listed.set(key, found);
          return (await found).filter((listener) => wants(listener, event)).map(({ name }) => name);
        }),
      );
    },
    async deliver(name, event, context, signal) {
      const scope = { account: event.account, region: event.region };
      const target = await resources.find(scope, 'EventTarget', name);
      if (!target) throw new DeliveryFailure('The target has been deleted.', { isFinal: true });
      const document = open(scope, target);
      const sender = senders.find(({ type }) => type === document.type);
      // A server of a later version has stored it.
      if (!sender) throw new DeliveryFailure(`This server cannot send to targets of the type ${document.type}.`);
      const { approvalLink = sender.isForPeople } = document;
      const sent =
        approvalLink === true && isApprovalNeeded(event)
          ? withReviewLink(event, approvalUrl({ ...scope, ...event.detail.approval, target: name }))
          : event;
      await sender.send({ name, document }, sent, context, signal);
    },
  };
}

function listenerOf({ name, createdAt, document: { pattern, topicArn } }: StoredResource): Listener {
  return {
    name,
    createdAt,
    ...(typeof pattern === 'string' && { pattern: compilePattern(pattern) }),
    ...(typeof topicArn === 'string' && { topicArn }),
  };
}

/** Times of events have no fraction of a second. */
function wants({ createdAt, pattern, topicArn }: Listener, event: Event): boolean {
  if (Date.parse(event.time) < Math.floor(createdAt / 1000) * 1000) return false;
  if (topicArn !== undefined && isApprovalNeeded(event) && event.resources.includes(topicArn)) return true;
  return pattern ? pattern.matches(event) : topicArn === undefined;
}
