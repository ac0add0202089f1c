import { keyName, type QueueKey } from '../model/queue-key.ts';

/** How long after a poll its queue counts as polled: longer than any worker pauses. */
export const pollWindowMs = 5 * 60 * 1000;

/** Queues, and keys, remembered at most; the one polled least recently is forgotten first. */
const maxRemembered = 10_000;

/** A queue may be polled thousands of times a second, so its time is updated only this often. */
const precisionMs = 1000;

/** Which queues workers poll, as far as this process has seen. */
export interface PollActivity {
  note(key: QueueKey, at: number): void;
  /** Returns when jobs of a queue with one query value were last polled for; undefined if not within the window. */
  lastPolled(queue: string, queryValue?: string): number | undefined;
  /** Returns the queues polled within the window and when, the most recent first. */
  recent(limit: number): { queue: string; at: number }[];
  /** Whether this process has run for a whole window, so that a queue without polls has no worker. */
  coversWindow(): boolean;
}

/** Creates a record without any polls. */
export function createPollActivity(now: () => number): PollActivity {
  const startedAt = now();
  const byQueue = new Map<string, number>();
  const byKey = new Map<string, number>();
  const isRecent = (at: number) => now() - at <= pollWindowMs;
  const recent = (polls: Map<string, number>, name: string) => {
    const at = polls.get(name);
    return at !== undefined && isRecent(at) ? at : undefined;
  };
  return {
    note(key, at) {
      remember(byQueue, key.queue, at);
      remember(byKey, key.name, at);
    },
    lastPolled(queue, queryValue) {
      if (queryValue === undefined) return recent(byQueue, queue);
      // A partner polls for every query value.
      return recent(byKey, keyName(queue, queryValue)) ?? recent(byKey, queue);
    },
    recent(limit) {
      const newestFirst = [...byQueue].reverse().slice(0, limit);
      return newestFirst.map(([queue, at]) => ({ queue, at })).filter(({ at }) => isRecent(at));
    },
    coversWindow: () => now() - startedAt >= pollWindowMs,
  };
}

function remember(polls: Map<string, number>, name: string, at: number): void {
  const before = polls.get(name);
  if (before !== undefined && before <= at && at - before < precisionMs) return;
  polls.delete(name);
  polls.set(name, at);
  if (polls.size <= maxRemembered) return;
  const [oldest] = polls.keys();
  if (oldest !== undefined) polls.delete(oldest);
}
