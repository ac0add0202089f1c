import type { Logger } from 'pino';
import type { Store } from '../store/store.ts';
import { pollWindowMs, type SeenPolls } from './poll-activity.ts';

interface WaitingParts {
  store: Store;
  polls: SeenPolls;
}

/** Queues looked at: those that wait longest. More than an installation has, unless it is in trouble. */
const maxQueues = 1000;

/** Groups of one query value looked at, the largest ones; and how many of them each queue shows by name. */
const maxGroups = 1000;
const maxShownValues = 20;

/** How long jobs wait unseen before the log tells, and how long it is quiet about them then. */
const warnAfterMs = 5 * 60 * 1000;
const warnAgainMs = 60 * 60 * 1000;
const maxWarned = 1000;

/** Jobs of one queue that could be claimed now; `oldestAt` is when the oldest one was made, in ms. */
export interface WaitingQueue {
  queue: string;
  jobs: number;
  oldestAt: number;
  /** Those for whose query value no worker has asked within the window. */
  unpolled: number;
  values: { queryValue: string; jobs: number; oldestAt: number; isUnpolled: boolean }[];
  /** Jobs of other values. */
  otherValues: number;
}

/** The queues that workers have asked this server for lately, and when. */
export function readPolled({ polls }: Pick<WaitingParts, 'polls'>): { queue: string; at: number }[] {
  return polls.recentQueues(maxQueues);
}

/** What waits and whether anybody asks for it, the longest wait first. */
export async function readWaiting({ store, polls }: WaitingParts, at: number): Promise<WaitingQueue[]> {
  const queues = await store.jobs.waiting(at, maxQueues);
  const groups = await store.jobs.waitingByQuery(at, maxGroups);
  const isUnpolled = (queue: string, queryValue?: string) =>
    polls.hasSeenEnough() && polls.lastPollAt(queue, queryValue) === undefined;
  return queues.map(({ queue, jobs, oldestAt }) => {
    const known = groups.filter((group) => group.queue === queue);
    const count = (some: { jobs: number }[]) => some.reduce((sum, group) => sum + group.jobs, 0);
    const values = known.slice(0, maxShownValues).map(({ queue: _, ...group }) => ({
      ...group,
      isUnpolled: isUnpolled(queue, group.queryValue),
    }));
    const unknown = Math.max(0, jobs - count(known));
    return {
      queue,
      jobs,
      oldestAt,
      unpolled: count(known.filter((group) => isUnpolled(queue, group.queryValue))) + (isUnpolled(queue) ? unknown : 0),
      values,
      otherValues: Math.max(0, jobs - count(values)),
    };
  });
}

/**
 * A pass of the loop that tells the log of jobs which have waited for minutes while no worker asked for them: the
 * worker is down, or asks for another query value. Answers when to look again, in ms.
 */
export function createUnpolledWarning(parts: WaitingParts, log: Logger): (at: number) => Promise<number> {
  const warnedAt = new Map<string, number>();
  return async (at) => {
    for (const { queue, values } of await readWaiting(parts, at)) {
      for (const { queryValue, jobs, oldestAt, isUnpolled } of values) {
        const key = `${queue} ${queryValue}`;
        const isTold = at - (warnedAt.get(key) ?? Number.NEGATIVE_INFINITY) < warnAgainMs;
        if (!isUnpolled || isTold || at - oldestAt < warnAfterMs) continue;
        if (warnedAt.size >= maxWarned) warnedAt.clear();
        warnedAt.set(key, at);
        const waitedMinutes = Math.floor((at - oldestAt) / 60_000);
        log.warn({ queue, queryValue, jobs, waitedMinutes }, 'jobs wait and no worker asks for them');
      }
    }
    return at + pollWindowMs / 5;
  };
}
