import { affectedKeys, type QueueKey } from '../model/queue-key.ts';
import type { HeldPolls, JobRecord, ReservedPoll } from '../store/store.ts';
import { CoarseTimers } from './coarse-timers.ts';
import { type Surroundings, WaitQueue } from './wait-queue.ts';
import type { Poll } from './waiter.ts';

/** Polls that wait for a job: those for the same key share a `WaitQueue`. */
export class LongPolls implements HeldPolls {
  readonly #queues = new Map<string, WaitQueue>();
  readonly #around: Surroundings;

  constructor(around: Omit<Surroundings, 'timers'>) {
    this.#around = { ...around, timers: new CoarseTimers() };
  }

  hold(key: QueueKey, poll: Poll): Promise<JobRecord[]> {
    if (poll.signal?.aborted) return Promise.resolve([]);
    let queue = this.#queues.get(key.name);
    if (queue === undefined) {
      queue = new WaitQueue(key, this.#around, () => this.#queues.delete(key.name));
      this.#queues.set(key.name, queue);
    }
    return queue.join(poll);
  }

  reserve(name: string): ReservedPoll | undefined {
    return this.#queues.get(name)?.reserve();
  }

  /** Lets a waiting poll try for each key that a notification affects, or for every key if it is undefined. */
  wake(notification: string | undefined): void {
    const names = notification === undefined ? [...this.#queues.keys()] : affectedKeys(notification);
    for (const name of names) this.#queues.get(name)?.wake();
  }
}
