import type { Condition, Result, StageRetryMode } from '../../contract/generated.ts';
import type { ConditionKind } from '../../model/condition.ts';
import type { StoredStage } from '../../model/pipeline.ts';

/** What a condition does to its stage. */
export type Consequence = 'proceed' | 'fail' | 'skip' | 'rollBack' | 'retry';

/** One kind of stage condition: where it is declared and what follows from it (behaviour C.8). */
export interface StageCondition {
  /** Returns the condition of this kind, if the stage has one. */
  declared(stage: StoredStage): Condition | undefined;
  /** Returns what follows for a stage without one. */
  unchecked(stage: StoredStage): Consequence;
  /** Returns what follows from a check; it succeeded if all of its rules did. */
  checked(condition: Condition, outcome: 'Succeeded' | 'Failed'): Consequence;
  /** What follows in a rollback, which checks no conditions: nothing may prevent it from restoring the stage. */
  inRollback: Consequence;
}

/** Checked once the stage is locked. If the check fails, the stage fails or is skipped. */
const beforeEntry: StageCondition = {
  declared: (stage) => stage.beforeEntry?.conditions[0],
  unchecked: () => 'proceed',
  checked({ result }, outcome) {
    if (outcome === 'Succeeded') return 'proceed';
    return result === 'SKIP' ? 'skip' : 'fail';
  },
  inRollback: 'proceed',
};

/** Checked when every action of the stage has succeeded. If the check fails, the stage fails or is rolled back. */
const onSuccess: StageCondition = {
  declared: (stage) => stage.onSuccess?.conditions[0],
  unchecked: () => 'proceed',
  checked({ result }, outcome) {
    if (outcome === 'Succeeded') return 'proceed';
    return result === 'ROLLBACK' ? 'rollBack' : 'fail';
  },
  inRollback: 'proceed',
};

/**
 * Checked when an action of the stage has failed. The result applies if the check succeeds, since the rules describe
 * the failures it is meant for; a result without a condition applies to every failure (behaviour C.6, C.7, C.8).
 */
const onFailure: StageCondition = {
  declared: (stage) => stage.onFailure?.conditions?.[0],
  unchecked: (stage) => consequenceOf(stage.onFailure?.result),
  checked: ({ result }, outcome) => (outcome === 'Succeeded' ? consequenceOf(result) : 'fail'),
  inRollback: 'fail',
};

function consequenceOf(result: Result | undefined): Consequence {
  if (result === 'ROLLBACK') return 'rollBack';
  return result === 'RETRY' ? 'retry' : 'fail';
}

/** Every kind of stage condition. */
export const stageConditions: Record<ConditionKind, StageCondition> = { beforeEntry, onSuccess, onFailure };

/** Returns which actions an automatic retry of the stage runs again: all of them unless declared otherwise. */
export function retryModeOf(stage: Pick<StoredStage, 'onFailure'>): StageRetryMode {
  return stage.onFailure?.retryConfiguration?.retryMode ?? 'ALL_ACTIONS';
}
