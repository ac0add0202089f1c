import type { StageCondition } from './stage-condition.ts';

/** Checked once the stage is locked. A failed one fails the stage, or skips it (behaviour C.8). */
export const beforeEntry: StageCondition = {
  declared: ({ beforeEntry: entry }) => entry?.conditions[0],
  unchecked: () => 'proceed',
  checked({ result }, outcome) {
    if (outcome === 'Succeeded') return 'proceed';
    return result === 'SKIP' ? 'skip' : 'fail';
  },
  inRollback: 'proceed',
};
