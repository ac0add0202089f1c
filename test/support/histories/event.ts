import type { Decision } from '../../../src/model/decision.ts';
import type { World } from '../engine/harness.ts';
import type { Chance } from '../engine/random.ts';

/** What became of an event: changes, a refusal, nothing new, or there was nothing it could happen to. */
export type Outcome = 'taken' | 'refused' | 'unchanged' | 'idle';

/** One kind of event; `share` is how often it comes, relative to the others. */
export interface Event {
  share: number;
  play(world: World, chance: Chance): Outcome;
}

export function outcomeOf(decision: Decision<unknown>): Outcome {
  if ('refuse' in decision) return 'refused';
  return decision.changes.length === 0 ? 'unchanged' : 'taken';
}
