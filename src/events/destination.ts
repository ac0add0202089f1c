import type { Event } from '../model/event.ts';

/** What a delivery says beside its event. */
export interface DeliveryContext {
  /** The same at every attempt, so that receivers can recognize repeated deliveries. */
  deliveryId: string;
  /** Attempts, this one included. */
  attempts: number;
  /** The time of this attempt. */
  at: number;
}

/** A kind of receivers of events. Names are unique in the account and Region of the event. */
export interface Destination {
  /** Stored with each delivery. */
  kind: string;
  /** Reports whether there are any receivers; without any, events are not read. Asked about once a second. */
  hasSubscribers(): Promise<boolean>;
  /** Returns, for each event in turn, the names of the receivers that want it and existed when it happened. */
  subscribersOf(events: readonly Event[]): Promise<string[][]>;
  /** Delivers an event. Rejects with DeliveryFailure if that failed; it may be called again for the same delivery. */
  deliver(name: string, event: Event, context: DeliveryContext, signal: AbortSignal): Promise<void>;
}

/** A failed delivery, with a message for people. */
export class DeliveryFailure extends Error {
  /** No further attempt can succeed. */
  readonly isFinal: boolean;
  /** How long the receiver asked to wait, in ms. */
  readonly retryAfterMs: number | undefined;

  constructor(
    message: string,
    { isFinal = false, retryAfterMs, cause }: { isFinal?: boolean; retryAfterMs?: number; cause?: unknown } = {},
  ) {
    super(message, { cause });
    this.name = 'DeliveryFailure';
    this.isFinal = isFinal;
    this.retryAfterMs = retryAfterMs;
  }
}
