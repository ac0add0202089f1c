import type { CallEnd } from '../model/call-end.ts';
import type { JobRecord } from '../store/store.ts';
import type { CoarseTimers } from './coarse-timers.ts';
import type { Claim } from './empty-queue-cache.ts';

/** A claim that may wait for jobs. */
export interface Poll extends Claim {
  waitMs: number;
  /** Aborts when the client disconnects. */
  signal?: CallEnd;
}

/** A waiting poll. */
export class Waiter {
  readonly poll: Poll;
  /** Settles with the response to the poll. */
  readonly records: Promise<JobRecord[]>;
  /** A claim for it is in flight, or it is reserved. */
  isBusy = false;
  /** Its time is up, or its client has disconnected. */
  isExpired = false;
  #resolve: (records: JobRecord[]) => void = () => undefined;
  #reject: (error: unknown) => void = () => undefined;
  readonly #timers: CoarseTimers;
  readonly #tick: number;
  readonly #expire: () => void;

  constructor(poll: Poll, timers: CoarseTimers, onExpiry: (waiter: Waiter) => void) {
    this.poll = poll;
    this.#timers = timers;
    this.#expire = () => {
      this.isExpired = true;
      onExpiry(this);
    };
    this.#tick = timers.add(this.#expire, poll.waitMs);
    poll.signal?.addEventListener('abort', this.#expire);
    this.records = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
  }

  resolve(records: JobRecord[]): void {
    this.#release();
    this.#resolve(records);
  }

  reject(error: unknown): void {
    this.#release();
    this.#reject(error);
  }

  #release(): void {
    this.#timers.remove(this.#expire, this.#tick);
    this.poll.signal?.removeEventListener('abort', this.#expire);
  }
}
