import type { Decision } from '../../../src/model/decision.ts';
import type { Harness } from '../engine/harness.ts';
import type { Chance } from '../engine/random.ts';

/** The outcome of an event: changes, a refusal, no change, or nothing that it applied to. */
export type Outcome = 'taken' | 'refused' | 'unchanged' | 'idle';

/** A kind of event; `share` is its relative frequency. */
export interface Event {
  share: number;
  play(harness: Harness, chance: Chance): Outcome;
}

export function outcomeOf(decision: Decision<unknown>): Outcome {
  if ('refuse' in decision) return 'refused';
  return decision.changes.length === 0 ? 'unchanged' : 'taken';
}
