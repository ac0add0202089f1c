import type { Event } from './event.ts';
import type { Scope } from './pipeline.ts';

/** How long a delivery is tried. */
export const deliveryMs = 24 * 60 * 60 * 1000;

/** Pending: sent when it is due. Dead: given up, until a person asks for it again. */
export type DeliveryStatus = 'Pending' | 'Delivered' | 'Dead';

/** Who gets an event: a kind of receivers and a name. */
export interface Receiver extends Scope {
  destination: string;
  name: string;
}

/** An event that was handed to a receiver and isn't stored yet. */
export interface NewDelivery {
  id: string;
  receiver: Receiver;
  /** The receiver gets the events of a pipeline in order; '' for events without one. */
  pipelineId: string;
  event: Pick<Event, 'id' | 'detail-type'>;
  /** The event as JSON. */
  body: string;
}

/** A delivery as listed. */
export interface ListedDelivery {
  /** The same at every attempt. */
  id: string;
  /** Newer is larger. */
  sequence: number;
  receiver: Receiver;
  eventId: string;
  detailType: string;
  status: DeliveryStatus;
  attempts: number;
  /** Why the last attempt failed. */
  failure?: string;
  createdAt: number;
  /** When the next attempt is due, if it is pending. */
  dueAt?: number;
  endedAt?: number;
}

/** A delivery that waits for its next attempt. */
export interface PendingDelivery {
  id: string;
  receiver: Receiver;
  event: Event;
  /** Attempts so far. */
  attempts: number;
  dueAt: number;
  /** A failure after this is the last one. */
  expiresAt: number;
}
