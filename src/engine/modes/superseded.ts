import { firstWaiter, isFree, type Mode } from './mode.ts';

/**
 * SUPERSEDED (behaviour C.2.2): a stage holds one execution and one can wait for it. An execution that arrives
 * supersedes the waiting one, also while the transition is disabled (behaviour C.4).
 */
export const superseded: Mode = {
  locksStages: true,
  endsWithUpdate: true,
  rollsBackByItself: true,
  maxRunning: () => Number.POSITIVE_INFINITY,
  maxActions: () => Number.POSITIVE_INFINITY,
  tryEnter({ id: executionId }, stage) {
    const overtaken = [...stage.expired, ...stage.waiting.slice(0, -1)];
    if (overtaken.length > 0) return overtaken.map((older) => ({ kind: 'executionSuperseded', executionId: older }));
    return isFree(stage) ? [{ kind: 'stageEntered', executionId, stageName: stage.stageName, isLocking: true }] : [];
  },
  nextEntrants: firstWaiter,
};
