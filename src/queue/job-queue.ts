import { newestNonce } from '../model/job.ts';
import { keyName, type QueueKey } from '../model/queue-key.ts';
import type { HeldPolls, JobRecord, Store } from '../store/store.ts';
import { createEmptyQueueCache } from './empty-queue-cache.ts';
import { LongPolls } from './long-polls.ts';
import { createPollActivity } from './poll-activity.ts';
import type { Poll } from './waiter.ts';
import { readWaiting, type WaitingQueue } from './waiting-jobs.ts';

/** Queues whose last poll is reported: more than an installation has, unless it is in trouble. */
const maxPolledQueues = 1000;

/** The jobs that wait for workers, and the workers that wait for jobs. */
export interface JobQueue extends HeldPolls {
  /**
   * Claims the oldest jobs of a key. If there are none and `waitMs` isn't 0, waits for a job to be queued, a lease or a
   * delay to end, or the client to disconnect.
   */
  claim(key: QueueKey, poll: Poll): Promise<JobRecord[]>;
  /** Resolves when a job is queued under the key, after `timeoutMs`, or on abort, without claiming anything. */
  untilQueued(key: QueueKey, timeoutMs: number, signal: AbortSignal): Promise<void>;
  /** Returns the queues polled on this node in the last minutes and when, the most recent first. */
  polled(): { queue: string; at: number }[];
  /** Returns the jobs that could be claimed at `at` and whether workers poll for them, the longest wait first. */
  waiting(at: number): Promise<WaitingQueue[]>;
}

/** Creates the queue of this node; `maxAgeMs` is how long a lost notification can keep a job from a poll. */
export function createJobQueue(
  { jobs, notifications }: Pick<Store, 'jobs' | 'notifications'>,
  { now, maxAgeMs }: { now: () => number; maxAgeMs: number },
): JobQueue {
  const cache = createEmptyQueueCache(jobs, { now, maxAgeMs });
  const offerAgain = async (records: JobRecord[]): Promise<void> => {
    const at = now();
    // If one fails, that job is offered when its lease ends.
    await Promise.allSettled(records.map(({ job }) => jobs.renew(job.id, newestNonce(job), at)));
    notifications.wake(records.map(({ job }) => keyName(job.queue, job.queryValue)));
  };
  const longPolls = new LongPolls({ cache, now, maxAgeMs, offerAgain });
  const activity = createPollActivity(now);
  notifications.onWake((notification) => {
    // In this order: a poll that is woken must not find the queue known to be empty.
    cache.forget(notification);
    longPolls.wake(notification);
  });
  return {
    claim(key, poll) {
      const at = now();
      activity.note(key, at);
      return poll.waitMs > 0 ? longPolls.hold(key, poll) : (cache.claim(key, poll, at) ?? noJobs);
    },
    reserve: (name) => longPolls.reserve(name),
    untilQueued: (key, timeoutMs, signal) => notifications.wait(key.name, timeoutMs, signal),
    polled: () => activity.recent(maxPolledQueues),
    waiting: (at) => readWaiting(jobs, activity, at),
  };
}

/** Shared by all polls that find nothing. */
const noJobs: Promise<JobRecord[]> = Promise.resolve([]);
