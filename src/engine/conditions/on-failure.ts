import type { Result, StageRetryMode } from '../../contract/generated.ts';
import type { StoredStage } from '../../model/pipeline.ts';
import type { Consequence, StageCondition } from './stage-condition.ts';

/**
 * Checked when an action of the stage has failed. Its result is engaged when all rules succeed: the rules tell which
 * failures it is meant for. A result without a condition is engaged by every failure (behaviour C.6, C.7, C.8).
 */
export const onFailure: StageCondition = {
  declared: ({ onFailure: failure }) => failure?.conditions?.[0],
  unchecked: ({ onFailure: failure }) => consequenceOf(failure?.result),
  checked: ({ result }, outcome) => (outcome === 'Succeeded' ? consequenceOf(result) : 'fail'),
  inRollback: 'fail',
};

/** What an automatic retry of the stage runs again: everything, unless its declaration names a mode. */
export function retryModeOf({ onFailure: failure }: Pick<StoredStage, 'onFailure'>): StageRetryMode {
  return failure?.retryConfiguration?.retryMode ?? 'ALL_ACTIONS';
}

function consequenceOf(result: Result | undefined): Consequence {
  if (result === 'ROLLBACK') return 'rollBack';
  return result === 'RETRY' ? 'retry' : 'fail';
}
