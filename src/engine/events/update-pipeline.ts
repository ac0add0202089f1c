import type { Decision } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { advance } from '../tick/tick.ts';

/**
 * Follows an update: every execution that is in or waits for a stage is processed again, PARALLEL ones excepted. If it
 * is outdated it ends, after its running actions. An update starts nothing (behaviour B.5, C.2.4).
 */
export function endOutdated({ occupancy }: Snapshot): Decision {
  // Waiting executions come first, so that none enters a stage that an outdated one leaves.
  const waiters = occupancy.flatMap(({ expired, waiting }) => [...expired, ...waiting]);
  const holders = occupancy.flatMap(({ holder }) => holder ?? []);
  return {
    changes: [],
    answer: undefined,
    then: [...waiters, ...holders].map((executionId) => ({ executionId, decide: advance })),
  };
}
