import type { Event } from '../../model/event.ts';
import type { Member } from '../../model/resource.ts';
import type { DeliveryContext } from '../destination.ts';

/** An event target with its secrets open. */
export interface OpenTarget {
  name: string;
  /** The members of its type, which were checked when it was stored. */
  document: Record<string, unknown>;
}

/** A type of event targets. */
export interface Sender {
  /** The member `type` of its targets. */
  type: string;
  /** The members that its targets have. Types may share a member if it is secret in all of them or in none. */
  members: Record<string, Member>;
  /** Whether people read the messages: approvals have a link by which they can answer unless the target forbids it. */
  isForPeople?: boolean;
  /** Says what is wrong with members together: which one, and the end of a sentence. */
  mistakesOf?(document: Record<string, unknown>): { member: string; mistake: string }[];
  /** Sends an event. Rejects with DeliveryFailure. */
  send(target: OpenTarget, event: Event, context: DeliveryContext, signal: AbortSignal): Promise<void>;
}
