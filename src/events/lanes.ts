import { LRUCache } from 'lru-cache';
import type { Logger } from 'pino';
import { ServiceError } from '../contract/errors.ts';
import type { PendingDelivery } from '../model/event-delivery.ts';
import type { DueWorkHandler } from '../scheduler/due-work.ts';
import { laneKind, type Store } from '../store/store.ts';
import { DeliveryFailure, type Destination } from './destination.ts';

/** Lanes that a node sends at a time. */
const atOnce = 100;

/** Deliveries of a lane that are sent before other lanes get their turn. */
const deliveriesInTurn = 100;

/** After this another node takes a lane over. */
const leaseMs = 10_000;

/** The longest time for one attempt. */
const attemptMs = 60_000;

/** Characters of a failure that are stored. */
const maxFailureCharacters = 1000;

const shortestPauseMs = 1000;
const longestPauseMs = 15 * 60 * 1000;

/** Receivers whose trouble a node remembers. */
const maxTroubles = 1000;

interface LaneParts {
  store: Pick<Store, 'eventDeliveries'>;
  destinations: readonly Destination[];
  now(): number;
  /** Returns a number from 0 to 1, without 1. */
  random(): number;
  log: Logger;
}

/**
 * Creates the due work that sends deliveries: those of a receiver and a pipeline one after the other. After a failure a
 * lane waits, from a second to a quarter of an hour; a dead delivery lets the next one go on. The trouble of a receiver is
 * logged once, until it changes.
 */
export function createLanes(parts: LaneParts): DueWorkHandler {
  const { store, now } = parts;
  const troubles: Troubles = new LRUCache({ max: maxTroubles });
  return {
    kind: laneKind,
    atOnce,
    leaseMs,
    longestPauseMs,
    retryMs: () => shortestPauseMs,
    async run({ key }, _, signal) {
      for (let count = 0; count < deliveriesInTurn && !signal.aborted; count += 1) {
        const delivery = await store.eventDeliveries.next(key);
        if (!delivery) return {};
        const { dueAt } = delivery;
        const at = now();
        // What lies further ahead was written before the clock was set back.
        if (dueAt > at && dueAt <= at + longestPauseMs) return { nextAt: dueAt };
        await attempt(delivery, { lane: key, parts, troubles, signal });
      }
      return { nextAt: now() };
    },
  };
}

/** Why deliveries to a receiver fail, and the lane in which that was noticed first. */
type Troubles = LRUCache<string, { message: string; lane: string }>;

interface Attempt {
  lane: string;
  parts: LaneParts;
  troubles: Troubles;
  signal: AbortSignal;
}

/** Sends a delivery, and records how that ended. If this process dies between the two, it is sent again. */
async function attempt(delivery: PendingDelivery, { lane, parts, troubles, signal }: Attempt): Promise<void> {
  const { store, now, random, log } = parts;
  const { id, receiver, attempts, expiresAt } = delivery;
  const key = JSON.stringify(receiver);
  const failure = await send(delivery, parts, signal);
  const at = now();
  if (!failure) {
    await store.eventDeliveries.recordSuccess(id, at);
    // A receiver may refuse the events of one pipeline and take those of another.
    if (troubles.get(key)?.lane !== lane) return;
    troubles.delete(key);
    log.info(receiver, 'events are delivered again');
    return;
  }
  const { isFinal, retryAfterMs = 0 } = failure;
  const message = failure.message.replaceAll('\0', '').slice(0, maxFailureCharacters);
  const pauseMs = Math.max(pauseAfter(attempts + 1, random), Math.min(retryAfterMs, longestPauseMs));
  const isDead = isFinal || at >= expiresAt;
  const dueAt = isDead ? undefined : at + pauseMs;
  await store.eventDeliveries.recordFailure(id, { attempts, failure: message, at, dueAt });
  if (isDead) log.error({ ...receiver, deliveryId: id, reason: message }, 'an event could not be delivered');
  if (troubles.get(key)?.message === message) return;
  troubles.set(key, { message, lane });
  if (!isDead) {
    log.warn(
      { ...receiver, reason: message },
      'events cannot be delivered; retrying, at least every 15 minutes, without logging it again',
    );
  }
}

/** Returns the pause after the given number of attempts: doubled each time, and shortened by up to a half at random. */
function pauseAfter(attempts: number, random: () => number): number {
  const pauseMs = Math.min(longestPauseMs, shortestPauseMs * 2 ** Math.min(attempts - 1, 20));
  return Math.max(shortestPauseMs, Math.round(pauseMs * (1 - random() / 2)));
}

/** Returns why a delivery failed. Rejects if that was not the receiver's fault. */
async function send(
  { id, receiver, event, attempts }: PendingDelivery,
  { destinations, now, log }: LaneParts,
  signal: AbortSignal,
): Promise<DeliveryFailure | undefined> {
  const destination = destinations.find(({ kind }) => kind === receiver.destination);
  // A server of a later version has stored it.
  if (!destination) return new DeliveryFailure(`This server has no receivers of the kind ${receiver.destination}.`);
  const timeout = AbortSignal.timeout(attemptMs);
  const ends = AbortSignal.any([signal, timeout]);
  const context = { deliveryId: id, attempts: attempts + 1, at: now() };
  try {
    await Promise.race([destination.deliver(receiver.name, event, context, ends), rejectOnAbort(ends)]);
    return undefined;
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof DeliveryFailure) return error;
    if (timeout.aborted) return new DeliveryFailure(`The receiver did not respond within ${attemptMs / 1000} s.`);
    // The database is away.
    if (error instanceof ServiceError && error.code === 'ServiceUnavailable') throw error;
    log.error({ err: error, ...receiver }, 'a delivery failed unexpectedly');
    return new DeliveryFailure(`The delivery failed unexpectedly: ${error instanceof Error ? error.message : error}`);
  }
}

function rejectOnAbort(signal: AbortSignal): Promise<never> {
  return new Promise((_, reject) => {
    if (signal.aborted) reject(signal.reason);
    else signal.addEventListener('abort', () => reject(signal.reason), { once: true });
  });
}
