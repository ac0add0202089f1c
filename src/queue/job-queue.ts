import type { Store } from '../store/store.ts';
import { createEmptyQueues, type EmptyQueues } from './empty-queue-cache.ts';
import { createHeldPolls, type HeldPolls } from './long-polls.ts';
import { createSeenPolls, type SeenPolls } from './poll-activity.ts';

/** What polls share on this node. */
export interface PollParts {
  polls: SeenPolls;
  emptyQueues: EmptyQueues;
  heldPolls: HeldPolls;
}

/** Makes them. `maxAgeMs` is how long a lost wake-up can keep a job from a poll. */
export function pollParts(store: Store, { now, maxAgeMs }: { now: () => number; maxAgeMs: number }): PollParts {
  const emptyQueues = createEmptyQueues(store, { now, maxAgeMs });
  return { polls: createSeenPolls(now), emptyQueues, heldPolls: createHeldPolls(store, { emptyQueues, now }) };
}
