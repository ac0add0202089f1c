import type { Decision } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { settle } from '../tick/tick.ts';

/**
 * What follows from a new version: every execution inside a stage or before one, PARALLEL ones aside, is looked at and,
 * being outdated, ends now or when its started actions have ended. An update starts nothing (behaviour B.5, C.2.4).
 */
export function endOutdated({ occupancy }: Snapshot): Decision {
  // Waiters come first: none of them may enter a stage that an outdated holder leaves.
  const waiters = occupancy.flatMap(({ expired, waiting }) => [...expired, ...waiting]);
  const holders = occupancy.flatMap(({ holder }) => holder ?? []);
  return {
    changes: [],
    answer: undefined,
    then: [...waiters, ...holders].map((executionId) => ({ executionId, decide: settle })),
  };
}
