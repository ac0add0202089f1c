import type { StageCondition } from './stage-condition.ts';

/** Checked when every action of the stage has succeeded. A failed one fails the stage, or rolls it back (behaviour C.8). */
export const onSuccess: StageCondition = {
  declared: ({ onSuccess: success }) => success?.conditions[0],
  unchecked: () => 'proceed',
  checked({ result }, outcome) {
    if (outcome === 'Succeeded') return 'proceed';
    return result === 'ROLLBACK' ? 'rollBack' : 'fail';
  },
  inRollback: 'proceed',
};
