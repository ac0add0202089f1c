import { wakeOf } from '../model/job.ts';
import type { ClaimedQueue } from '../store/store.ts';
import { partOf } from './empty-queue-cache.ts';

/** How long after a poll its queue counts as polled: longer than any worker pauses. */
export const pollWindowMs = 5 * 60 * 1000;

/** Queues and query values remembered at most; of more, those are forgotten that nobody has polled for longest. */
const maxRemembered = 10_000;

/** How exactly the time of a poll is known: the polls of one queue can be thousands a second. */
const precisionMs = 1000;

/** Who asks for jobs, as far as this process has seen it. */
export interface SeenPolls {
  /** A worker asks now; a partner takes the jobs of every query value. */
  note(wanted: ClaimedQueue): void;
  /** When a queue, or one query value of it, was last polled; undefined when that is unknown or longer ago than the window. */
  lastPollAt(queue: string, queryValue?: string): number | undefined;
  /** The queues polled within the window and when, the newest poll first, at most `limit`. */
  recentQueues(limit: number): { queue: string; at: number }[];
  /** Whether so much has been seen that no poll means no poller. */
  hasSeenEnough(): boolean;
}

/** An empty memory of polls. */
export function createSeenPolls(now: () => number): SeenPolls {
  const startedAt = now();
  const ofQueues = new Map<string, number>();
  const ofValues = new Map<string, number>();
  const isRecent = (at: number) => now() - at <= pollWindowMs;
  const recent = (polls: Map<string, number>, key: string) => {
    const at = polls.get(key);
    return at !== undefined && isRecent(at) ? at : undefined;
  };
  const remember = (polls: Map<string, number>, key: string, at: number) => {
    const before = polls.get(key);
    if (before !== undefined && before <= at && at - before < precisionMs) return;
    polls.delete(key);
    polls.set(key, at);
    if (polls.size <= maxRemembered) return;
    const [oldest] = polls.keys();
    if (oldest !== undefined) polls.delete(oldest);
  };
  return {
    note(wanted) {
      const at = now();
      remember(ofQueues, wanted.queue, at);
      remember(ofValues, partOf(wanted), at);
    },
    lastPollAt(queue, queryValue) {
      if (queryValue === undefined) return recent(ofQueues, queue);
      return recent(ofValues, wakeOf({ queue, queryValue })) ?? recent(ofValues, queue);
    },
    recentQueues(limit) {
      const newestFirst = [...ofQueues].reverse().slice(0, limit);
      return newestFirst.map(([queue, at]) => ({ queue, at })).filter(({ at }) => isRecent(at));
    },
    hasSeenEnough: () => now() - startedAt >= pollWindowMs,
  };
}
