import type { QueueKey } from '../model/queue-key.ts';
import type { JobRecord, ReservedPoll } from '../store/store.ts';
import type { CoarseTimers } from './coarse-timers.ts';
import type { EmptyQueueCache } from './empty-queue-cache.ts';
import { type Poll, Waiter } from './waiter.ts';

/** Claims in flight for one key, however many polls wait for it: enough to share a commit without a stampede. */
const maxInFlight = 16;

/** When to retry if a job is there but can't be had, because another node is just claiming it. */
const contendedMs = 20;

/** When to retry if nothing is known about the key, because the cache is full or the database fails. */
const unknownMs = 1000;

export interface Surroundings {
  cache: EmptyQueueCache;
  now: () => number;
  /** How long other nodes may know of an empty queue. */
  maxAgeMs: number;
  timers: CoarseTimers;
  /** Offers claimed jobs again whose poll has ended meanwhile; never rejects. */
  offerAgain(records: JobRecord[]): Promise<void>;
}

/**
 * The polls that wait for one key: either a claim is in flight, or the queue is known to be empty until the timer
 * fires. The first waiter polls for the others; each wake-up lets one more try, and each poll that gets a job lets the
 * next one try, or two if the one before also got a job. So many jobs are handed out quickly, and a single job causes
 * few claims in vain.
 */
export class WaitQueue {
  readonly #key: QueueKey;
  readonly #around: Surroundings;
  readonly #onEmpty: () => void;
  /** In order of arrival. */
  readonly #waiters = new Set<Waiter>();
  #inFlightClaims = 0;
  /** Successful claims in a row. */
  #successes = 0;
  /** Woken since the last claim began. */
  #isWoken = false;
  #timer: NodeJS.Timeout | undefined;
  readonly #onExpiry = (waiter: Waiter): void => {
    // A claim in flight or the transaction that reserved it may still get it a job.
    if (!waiter.isBusy) this.#remove(waiter, () => waiter.resolve([]));
  };

  constructor(key: QueueKey, around: Surroundings, onEmpty: () => void) {
    this.#key = key;
    this.#around = around;
    this.#onEmpty = onEmpty;
  }

  /** Resolves with the claimed jobs; with none when the poll has waited long enough or its client has disconnected. */
  join(poll: Poll): Promise<JobRecord[]> {
    const waiter = new Waiter(poll, this.#around.timers, this.#onExpiry);
    this.#waiters.add(waiter);
    this.#claimNext();
    if (this.#timer === undefined) this.#scheduleNextClaim();
    return waiter.records;
  }

  wake(): void {
    this.#isWoken = true;
    this.#claimNext();
  }

  /**
   * Reserves the first free waiter, if nothing older can be claimed. Other nodes aren't told of the job that it gets if what
   * they know about the key expires before its lease: then they find it in time, should it be offered again.
   */
  reserve(): ReservedPoll | undefined {
    const { cache, now, maxAgeMs } = this.#around;
    const at = now();
    if (cache.emptyUntil(this.#key) <= at) return undefined;
    for (const waiter of this.#waiters) {
      if (waiter.isBusy) continue;
      const { limit, leaseMs, origin } = waiter.poll;
      waiter.isBusy = true;
      return {
        limit,
        at,
        leaseUntil: at + leaseMs,
        origin,
        isAnnounced: leaseMs < maxAgeMs,
        settle: (records) => this.#onSettled(waiter, records),
      };
    }
    return undefined;
  }

  #onSettled(waiter: Waiter, records: JobRecord[]): void {
    waiter.isBusy = false;
    if (records.length > 0) this.#deliver(waiter, records);
    else if (waiter.isExpired) this.#remove(waiter, () => waiter.resolve([]));
    // It may have been woken meanwhile.
    else this.#claimNext();
    this.#scheduleNextClaim();
  }

  /** Claims for the first free waiter, unless the queue is known to be empty. */
  #claimNext(): void {
    if (this.#inFlightClaims >= maxInFlight) return;
    for (const waiter of this.#waiters) {
      if (waiter.isBusy) continue;
      const { cache, now } = this.#around;
      this.#isWoken = false;
      waiter.isBusy = true;
      const claimed = cache.claim(this.#key, waiter.poll, now());
      if (claimed === undefined) {
        waiter.isBusy = false;
        this.#successes = 0;
        return;
      }
      this.#inFlightClaims += 1;
      claimed.then(
        (records) => this.#onClaimed(waiter, records),
        (error: unknown) => {
          this.#inFlightClaims -= 1;
          this.#remove(waiter, () => waiter.reject(error));
          this.#scheduleNextClaim(unknownMs);
        },
      );
      return;
    }
  }

  #onClaimed(waiter: Waiter, records: JobRecord[]): void {
    this.#inFlightClaims -= 1;
    waiter.isBusy = false;
    if (records.length > 0) {
      this.#successes += 1;
      this.#deliver(waiter, records);
      this.#claimNext();
      if (this.#successes > 1) this.#claimNext();
    } else {
      this.#successes = 0;
      if (waiter.isExpired) this.#remove(waiter, () => waiter.resolve([]));
      if (this.#isWoken) this.#claimNext();
    }
    this.#scheduleNextClaim();
  }

  /** The nonces of an aborted poll were never sent, so its jobs needn't wait until their leases end. */
  #deliver(waiter: Waiter, records: JobRecord[]): void {
    const isAborted = waiter.poll.signal?.aborted === true;
    this.#remove(waiter, () => {
      if (isAborted) void this.#around.offerAgain(records).then(() => waiter.resolve([]));
      else waiter.resolve(records);
    });
  }

  #remove(waiter: Waiter, settle: () => void): void {
    this.#waiters.delete(waiter);
    settle();
    if (this.#waiters.size > 0) return;
    clearTimeout(this.#timer);
    this.#onEmpty();
  }

  /** Sets the timer for the next attempt, unless claims in flight will decide when that is. */
  #scheduleNextClaim(sleepMs = this.#sleepMs()): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#inFlightClaims > 0 || this.#waiters.size === 0) return;
    this.#timer = setTimeout(() => void this.#refreshAndClaim(), sleepMs);
  }

  #sleepMs(): number {
    const { cache, now } = this.#around;
    const until = cache.emptyUntil(this.#key);
    if (until === Number.NEGATIVE_INFINITY) return unknownMs;
    const sleepMs = until - now();
    return sleepMs > 0 ? sleepMs : contendedMs;
  }

  /** Reads once for all waiters, and claims only if there is something to claim. */
  async #refreshAndClaim(): Promise<void> {
    this.#inFlightClaims += 1;
    let sleepMs: number | undefined;
    try {
      await this.#around.cache.refresh(this.#key);
    } catch {
      // If it persists, the next claim fails and reports it.
      sleepMs = unknownMs;
    }
    this.#inFlightClaims -= 1;
    if (sleepMs === undefined) this.#claimNext();
    this.#scheduleNextClaim(sleepMs);
  }
}
