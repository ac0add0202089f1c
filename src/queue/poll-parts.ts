import type { Parts } from '../api/codepipeline/operation.ts';
import type { Store } from '../store/store.ts';
import { createEmptyQueues } from './empty-queues.ts';
import { createHeldPolls } from './held-polls.ts';
import { createSeenPolls } from './seen-polls.ts';

/** What polls share on this node. `maxAgeMs` is how long a wake-up that was lost can keep a job from them. */
export function pollParts(
  store: Store,
  { now, maxAgeMs }: { now: () => number; maxAgeMs: number },
): Pick<Parts, 'polls' | 'emptyQueues' | 'heldPolls'> {
  const emptyQueues = createEmptyQueues(store, { now, maxAgeMs });
  return { polls: createSeenPolls(now), emptyQueues, heldPolls: createHeldPolls(store, { emptyQueues, now }) };
}
