import { firstWaiter, isFree, type Mode } from './mode.ts';

/**
 * QUEUED (behaviour C.2.3): a stage holds one execution; others wait for it in the order they arrived, and none is
 * superseded. An execution whose wait has expired is skipped (behaviour C.4).
 */
export const queued: Mode = {
  locksStages: true,
  endsWithUpdate: true,
  rollsBackByItself: true,
  maxRunning: ({ runningExecutions }) => runningExecutions,
  maxActions: () => Number.POSITIVE_INFINITY,
  tryEnter({ id: executionId }, stage) {
    const isNext = isFree(stage) && stage.waiting[0] === executionId;
    return isNext ? [{ kind: 'stageEntered', executionId, stageName: stage.stageName, isLocking: true }] : [];
  },
  nextEntrants: firstWaiter,
};
