import { setImmediate, setTimeout } from 'node:timers/promises';
import type { Event } from '../model/event.ts';
import { deliveryMs, type NewDelivery } from '../model/event-delivery.ts';
import type { StoredEvent } from '../model/stored-event.ts';
import type { DueWorkHandler } from '../scheduler/due-work.ts';
import type { Store } from '../store/store.ts';
import type { Destination } from './destination.ts';

/** The due work that hands events to their receivers; it has one key, since one node does it for all. */
export const fanOutKind = 'event-fan-out';

/** The name under which its cursor is stored. */
const reader = 'fan-out';

/** After this another node takes over. */
const leaseMs = 10_000;

/** Events read at a time. */
const batchSize = 50;

/** The longest wait for a notification of new events, which may be lost. */
const longestWaitMs = 1000;

/** Between two looks at an event that waits for a running transaction: its end sends no notification. */
const unsettledMs = 20;

/** How often the cursor is stored while no event has a receiver. After a crash these events are read again. */
const keepCursorMs = 60_000;

/** Characters made into JSON before other work gets its turn. */
const charactersInTurn = 256 * 1024;

interface FanOutParts {
  store: Pick<Store, 'eventDeliveries' | 'events'>;
  destinations: readonly Destination[];
  /** Returns events as receivers get them, one for each. */
  toEvents(stored: StoredEvent[]): Promise<Event[]>;
  now(): number;
  newId(): string;
  longestSleepMs: number;
}

/**
 * Creates the due work that reads events and stores a delivery for each receiver that wants one, with its cursor. It runs
 * until the server stops or another node has taken over. While there are no receivers, it skips what happens.
 */
export function createFanOut(parts: FanOutParts): DueWorkHandler {
  return {
    kind: fanOutKind,
    atOnce: 1,
    leaseMs,
    longestPauseMs: leaseMs,
    retryMs: (attempts) => Math.min(leaseMs, 500 * 2 ** Math.min(attempts, 10)),
    async run(_, at, signal) {
      const fanOut = new FanOut(parts, at);
      await fanOut.open();
      while (!signal.aborted && (await fanOut.step(signal)));
      return { nextAt: parts.now() };
    },
  };
}

class FanOut {
  readonly #parts: FanOutParts;
  /** The cursor as stored. */
  #stored: string | undefined;
  /** How far events were read. */
  #cursor = '';
  #storedAt: number;
  readonly #waitMs: number;

  constructor(parts: FanOutParts, at: number) {
    this.#parts = parts;
    this.#storedAt = at;
    this.#waitMs = Math.min(parts.longestSleepMs, longestWaitMs);
  }

  async open(): Promise<void> {
    const { eventDeliveries, events } = this.#parts.store;
    this.#stored = await eventDeliveries.cursor(reader);
    this.#cursor = this.#stored ?? (await events.latest());
  }

  /** Reads some events, or waits for some; false if another node has taken over. */
  async step(signal: AbortSignal): Promise<boolean> {
    const { store, destinations } = this.#parts;
    // In this order: a receiver that is created behind the question gets what happens from then on.
    const latest = await store.events.latest();
    const answers = await Promise.all(destinations.map((destination) => destination.hasSubscribers()));
    if (!answers.includes(true)) {
      this.#cursor = latest;
      if (!(await this.#keepCursor())) return false;
      await setTimeout(this.#waitMs, undefined, { signal }).catch(() => undefined);
      return true;
    }
    const reading = new AbortController();
    const news = store.events.next(this.#waitMs, AbortSignal.any([signal, reading.signal]));
    try {
      const page = await store.events.read({ cursor: this.#cursor, limit: batchSize });
      if (page.cursor === this.#cursor) {
        if (!(await this.#keepCursor())) return false;
        await (page.hasMore ? setTimeout(unsettledMs, undefined, { signal }).catch(() => undefined) : news);
        return true;
      }
      this.#cursor = page.cursor;
      const deliveries = await this.#deliveriesOf(page.events);
      return await (deliveries.length === 0 ? this.#keepCursor() : this.#store(deliveries));
    } finally {
      reading.abort();
    }
  }

  async #keepCursor(): Promise<boolean> {
    const isDue = this.#stored === undefined || this.#parts.now() - this.#storedAt >= keepCursorMs;
    return isDue && this.#cursor !== this.#stored ? this.#store([]) : true;
  }

  async #store(deliveries: NewDelivery[]): Promise<boolean> {
    const at = this.#parts.now();
    const step = { reader, from: this.#stored, to: this.#cursor, deliveries, at, expiresAt: at + deliveryMs };
    const isStored = await this.#parts.store.eventDeliveries.handOut(step);
    this.#stored = this.#cursor;
    this.#storedAt = at;
    return isStored;
  }

  async #deliveriesOf(stored: StoredEvent[]): Promise<NewDelivery[]> {
    const { destinations, toEvents, newId } = this.#parts;
    const events = await toEvents(stored);
    const wanted = await Promise.all(destinations.map((destination) => destination.subscribersOf(events)));
    const deliveries: NewDelivery[] = [];
    let characters = 0;
    for (const [index, event] of events.entries()) {
      const { account, region } = event;
      const receivers = destinations.flatMap(({ kind }, number) =>
        (wanted[number]?.[index] ?? []).map((name) => ({ account, region, destination: kind, name })),
      );
      if (receivers.length === 0) continue;
      const body = JSON.stringify(event);
      characters += body.length;
      if (characters >= charactersInTurn) {
        characters = 0;
        await setImmediate();
      }
      const pipelineId = stored[index]?.pipelineId ?? '';
      for (const receiver of receivers) deliveries.push({ id: newId(), receiver, pipelineId, event, body });
    }
    return deliveries;
  }
}
