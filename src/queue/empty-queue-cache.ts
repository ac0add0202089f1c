import { queueOfWake, wakeOf } from '../model/job.ts';
import type { ClaimedQueue, ClaimRequest, JobRecord, Store } from '../store/store.ts';

/** Parts of queues remembered at most, an object and a short text each; of more, the one learned of first is forgotten. */
const maxRemembered = 100_000;

/**
 * What this node knows of queues where nothing can be claimed, so that most polls of a fleet, which find nothing, need
 * no database. A part of a queue (of one query value, or of a partner) is known to be empty from the look that found it
 * so until its next lease or delay ends. A job that is queued wakes, and then nothing is known any more; everything else
 * that befalls a job only makes it claimable later. Knowledge also ends by age, for a wake-up may be lost between nodes.
 */
export interface EmptyQueues {
  /** Claims, unless it is known that there is nothing to claim. */
  claim(request: ClaimRequest): Promise<JobRecord[]>;
  /** Until when there is nothing to claim, as far as is known: at most as long as knowledge lasts, in the past if not. */
  emptyUntil(wanted: ClaimedQueue): number;
  /** Looks whether there is something, by a read alone, and answers as `emptyUntil` does. */
  look(wanted: ClaimedQueue): Promise<number>;
}

interface Part {
  /** When the last look began, by this node's clock. */
  since: number;
  /** When the next job can be claimed that was there then. */
  until: number;
}

/** The name under which a part of a queue is remembered: the one its wakes have. A partner's queue is woken as a whole. */
export function partOf(wanted: ClaimedQueue): string {
  if (!('queryValue' in wanted)) return wanted.queue;
  const known = partNames.get(wanted);
  if (known !== undefined) return known;
  const name = wakeOf(wanted);
  partNames.set(wanted, name);
  return name;
}

/** A text that is made anew for each poll has to be put together and hashed anew to find anything by it. */
const partNames = new WeakMap<ClaimedQueue, string>();

/** Knows nothing yet; `maxAgeMs` is the longest that a lost wake-up can go unnoticed. */
export function createEmptyQueues(
  store: Pick<Store, 'jobs' | 'wakes'>,
  { now, maxAgeMs, capacity = maxRemembered }: { now: () => number; maxAgeMs: number; capacity?: number },
): EmptyQueues {
  const parts = new Map<string, Part>();
  store.wakes.onWake((name) => {
    if (name === undefined) return parts.clear();
    parts.delete(name);
    const queue = queueOfWake(name);
    if (queue !== undefined) parts.delete(queue);
  });

  const emptyUntil = (part: Part | undefined, at: number): number => {
    // A clock that was set back makes nothing of what it said before.
    if (part === undefined || at < part.since) return Number.NEGATIVE_INFINITY;
    return Math.min(part.until, part.since + maxAgeMs);
  };
  /** The object of a part before a look: a wake during the look takes it out of the map, and with it what the look found. */
  const partFor = (wanted: ClaimedQueue): Part => {
    const name = partOf(wanted);
    const known = parts.get(name);
    if (known) return known;
    const part = { since: now(), until: Number.NEGATIVE_INFINITY };
    parts.set(name, part);
    const [oldest] = parts.keys();
    if (parts.size > capacity && oldest !== undefined) parts.delete(oldest);
    return part;
  };
  const readOffer = async (part: Part, wanted: ClaimedQueue, since: number): Promise<number> => {
    const until = (await store.jobs.nextOffer(wanted)) ?? Number.POSITIVE_INFINITY;
    part.since = since;
    part.until = until;
    return emptyUntil(parts.get(partOf(wanted)), since);
  };

  return {
    async claim(request) {
      const { at } = request;
      const part = partFor(request);
      if (at < emptyUntil(part, at)) return [];
      // Known to be empty, only too long ago: a read will most likely do.
      if (at < part.until && at < (await readOffer(part, request, at))) return [];
      const records = await store.jobs.claim(request);
      if (records.length === 0) await readOffer(part, request, at);
      return records;
    },
    emptyUntil: (wanted) => emptyUntil(parts.get(partOf(wanted)), now()),
    look: (wanted) => readOffer(partFor(wanted), wanted, now()),
  };
}
