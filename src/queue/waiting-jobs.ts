import type { Logger } from 'pino';
import type { JobRows } from '../store/store.ts';
import { type PollActivity, pollWindowMs } from './poll-activity.ts';

/** Queues read, those with the longest wait: more than an installation has, unless it is in trouble. */
const maxQueues = 1000;

/** Groups of jobs with one query value read, the largest ones; and how many of them each queue shows by name. */
const maxGroups = 1000;
const maxShownValues = 20;

/** How long jobs wait before the log warns that no worker polls for them, and when it warns again. */
const warnAfterMs = 5 * 60 * 1000;
const warnAgainMs = 60 * 60 * 1000;
const maxWarned = 1000;

/** Jobs of one queue that could be claimed now; `oldestAt` is when the oldest one was created, in ms. */
export interface WaitingQueue {
  queue: string;
  jobs: number;
  oldestAt: number;
  /** Jobs whose query value no worker has polled for within the window. */
  unpolled: number;
  values: { queryValue: string; jobs: number; oldestAt: number; isUnpolled: boolean }[];
  /** Jobs with other values. */
  otherValues: number;
}

/** Returns the jobs that could be claimed at `at` and whether workers poll for them, the longest wait first. */
export async function readWaiting(
  jobRows: Pick<JobRows, 'waiting' | 'waitingByQuery'>,
  activity: PollActivity,
  at: number,
): Promise<WaitingQueue[]> {
  const queues = await jobRows.waiting(at, maxQueues);
  const groups = await jobRows.waitingByQuery(at, maxGroups);
  const isUnpolled = (queue: string, queryValue?: string) =>
    activity.coversWindow() && activity.lastPolled(queue, queryValue) === undefined;
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
 * Creates the round of a loop that warns of jobs which have waited for minutes while no worker polled for them: the
 * worker is down, or polls for another query value. A round returns when the next one is due.
 */
export function createUnpolledWarning(
  jobQueue: { waiting(at: number): Promise<WaitingQueue[]> },
  log: Logger,
): (at: number) => Promise<number> {
  const warnedAt = new Map<string, number>();
  return async (at) => {
    for (const { queue, values } of await jobQueue.waiting(at)) {
      for (const { queryValue, jobs, oldestAt, isUnpolled } of values) {
        const key = `${queue} ${queryValue}`;
        const isQuiet = at - (warnedAt.get(key) ?? Number.NEGATIVE_INFINITY) < warnAgainMs;
        if (!isUnpolled || isQuiet || at - oldestAt < warnAfterMs) continue;
        if (warnedAt.size >= maxWarned) warnedAt.clear();
        warnedAt.set(key, at);
        const waitedMinutes = Math.floor((at - oldestAt) / 60_000);
        log.warn({ queue, queryValue, jobs, waitedMinutes }, 'jobs are waiting but no worker is polling for them');
      }
    }
    return at + pollWindowMs / 5;
  };
}
