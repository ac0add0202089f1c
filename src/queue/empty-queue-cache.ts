import type { Origin } from '../model/job-event.ts';
import { affectedKeys, type QueueKey } from '../model/queue-key.ts';
import type { JobRecord, JobRows } from '../store/store.ts';

/** Keys remembered at most; when there are more, the one added first is forgotten. */
const maxKeys = 100_000;

/** How many jobs to claim, for how long, and for whom. */
export interface Claim {
  limit: number;
  leaseMs: number;
  /** Absent for providers inside the server. */
  origin?: Origin;
}

/**
 * Remembers for which keys nothing can be claimed, so that most polls of a fleet need no database. A key is known to be
 * empty from the read that found it so until its next lease or delay ends. A queued job ends that knowledge through a
 * notification; anything else that happens to a job only makes it claimable later. Notifications between nodes may be
 * lost, so knowledge also expires by age.
 */
export interface EmptyQueueCache {
  /** Claims jobs; undefined if there are known to be none. */
  claim(key: QueueKey, claim: Claim, at: number): Promise<JobRecord[]> | undefined;
  /** Returns until when nothing can be claimed: an instant in the past if that isn't known. */
  emptyUntil(key: QueueKey): number;
  /** Reads whether anything can be claimed, unless that is known. */
  refresh(key: QueueKey): Promise<void>;
  /** Forgets what a notification affects, or everything if it is undefined. */
  forget(notification: string | undefined): void;
}

interface Entry {
  /** When the last read began, by this node's clock. */
  since: number;
  /** When the first of the jobs found by it can be claimed. */
  until: number;
}

/** Creates an empty cache; `maxAgeMs` is the longest that a lost notification can go unnoticed. */
export function createEmptyQueueCache(
  jobs: Pick<JobRows, 'claim' | 'nextOffer'>,
  { now, maxAgeMs, capacity = maxKeys }: { now: () => number; maxAgeMs: number; capacity?: number },
): EmptyQueueCache {
  // Not an LRU cache: its lookups take twice as long, and every poll makes one.
  const entries = new Map<string, Entry>();

  const emptyUntil = (entry: Entry | undefined, at: number): number => {
    // An entry from the future was written before the clock was set back.
    if (entry === undefined || at < entry.since) return Number.NEGATIVE_INFINITY;
    return Math.min(entry.until, entry.since + maxAgeMs);
  };
  /** Adds the entry before a read begins: a notification during the read removes it, and with it what the read finds. */
  const addEntry = (key: QueueKey, at: number): Entry => {
    const entry = { since: at, until: Number.NEGATIVE_INFINITY };
    entries.set(key.name, entry);
    const [oldest] = entries.keys();
    if (entries.size > capacity && oldest !== undefined) entries.delete(oldest);
    return entry;
  };
  const read = async (entry: Entry, key: QueueKey, at: number): Promise<void> => {
    const until = (await jobs.nextOffer(key)) ?? Number.POSITIVE_INFINITY;
    entry.since = at;
    entry.until = until;
  };
  const claimFromStore = async (entry: Entry, key: QueueKey, claim: Claim, at: number): Promise<JobRecord[]> => {
    // The entry has expired by age alone: a read will most likely confirm it.
    if (at < entry.until) {
      await read(entry, key, at);
      if (at < emptyUntil(entries.get(key.name), at)) return [];
    }
    const { limit, leaseMs, origin } = claim;
    const records = await jobs.claim(key, { limit, at, leaseUntil: at + leaseMs, origin });
    if (records.length === 0) await read(entry, key, at);
    return records;
  };

  return {
    claim(key, claim, at) {
      const entry = entries.get(key.name);
      if (at < emptyUntil(entry, at)) return undefined;
      return claimFromStore(entry ?? addEntry(key, at), key, claim, at);
    },
    emptyUntil: (key) => emptyUntil(entries.get(key.name), now()),
    async refresh(key) {
      const at = now();
      const entry = entries.get(key.name);
      if (at >= emptyUntil(entry, at)) await read(entry ?? addEntry(key, at), key, at);
    },
    forget(notification) {
      if (notification === undefined) entries.clear();
      else for (const name of affectedKeys(notification)) entries.delete(name);
    },
  };
}
