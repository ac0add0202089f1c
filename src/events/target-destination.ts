import { LRUCache } from 'lru-cache';
import type { Event } from '../model/event.ts';
import type { Scope } from '../model/pipeline.ts';
import type { StoredResource } from '../model/resource.ts';
import { inSlices } from '../scheduler/in-slices.ts';
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
  pattern?: string;
  /** Approvals with this `NotificationArn` are for it; without a pattern nothing else is. */
  topicArn?: string;
}

/** Patterns that stay compiled. */
const keptPatterns = 1000;

/** Creates the destination of event targets: each gets the events of its account and Region that its pattern selects. */
export function createTargetDestination({ resources, open, approvalUrl }: TargetParts): Destination {
  const patterns = new LRUCache<string, EventPattern>({ max: keptPatterns });
  const matches = (pattern: string, event: Event) => {
    const compiled = patterns.get(pattern) ?? compilePattern(pattern);
    patterns.set(pattern, compiled);
    return compiled.matches(event);
  };
  return {
    kind: 'EventTarget',
    hasSubscribers: () => resources.isUsed('EventTarget'),
    async subscribersOf(events) {
      // Most batches are of one account and Region.
      const listed = new Map<string, Listener[]>();
      for (const { account, region } of events) {
        const key = keyOf({ account, region });
        if (listed.has(key)) continue;
        listed.set(key, (await resources.ofKind({ account, region }, 'EventTarget')).map(listenerOf));
      }
      return inSlices(namesOf(events, { listed, matches }));
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

function keyOf({ account, region }: Scope): string {
  return JSON.stringify([account, region]);
}

function listenerOf({ name, createdAt, document: { pattern, topicArn } }: StoredResource): Listener {
  return {
    name,
    createdAt,
    ...(typeof pattern === 'string' && { pattern }),
    ...(typeof topicArn === 'string' && { topicArn }),
  };
}

interface Matching {
  listed: Map<string, Listener[]>;
  matches(pattern: string, event: Event): boolean;
}

/** Returns for each event who wants it; yields after each comparison. */
function* namesOf(events: readonly Event[], { listed, matches }: Matching): Generator<undefined, string[][]> {
  const names: string[][] = [];
  for (const event of events) {
    const wanting: string[] = [];
    for (const listener of listed.get(keyOf(event)) ?? []) {
      if (wants(listener, event, matches)) wanting.push(listener.name);
      yield;
    }
    names.push(wanting);
  }
  return names;
}

/** Times of events have no fraction of a second. */
function wants({ createdAt, pattern, topicArn }: Listener, event: Event, matches: Matching['matches']): boolean {
  if (Date.parse(event.time) < Math.floor(createdAt / 1000) * 1000) return false;
  if (topicArn !== undefined && isApprovalNeeded(event) && event.resources.includes(topicArn)) return true;
  return pattern === undefined ? topicArn === undefined : matches(pattern, event);
}
