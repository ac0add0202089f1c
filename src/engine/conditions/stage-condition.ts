import type { Condition } from '../../contract/generated.ts';
import type { StoredStage } from '../../model/pipeline.ts';

/** What becomes of a stage at a condition. */
export type Consequence = 'proceed' | 'fail' | 'skip' | 'rollBack' | 'retry';

/** One kind of condition: where its declaration stands, and what follows from it (behaviour C.8). */
export interface StageCondition {
  /** Undefined when the stage has none of the kind. */
  declared(stage: StoredStage): Condition | undefined;
  /** What follows for a stage that has none. */
  unchecked(stage: StoredStage): Consequence;
  /** What follows from a check that ended with all of its rules succeeded, or not. */
  checked(condition: Condition, outcome: 'Succeeded' | 'Failed'): Consequence;
  /** What follows in a rollback, whose conditions are not checked: nothing may keep it from bringing back what was. */
  inRollback: Consequence;
}
