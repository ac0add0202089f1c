import { firstWaiter, isFree } from './locked.ts';
import type { Mode } from './mode.ts';

/**
 * QUEUED (behaviour C.2.3): one execution inside a stage; before each door they wait in the order in which they
 * arrived there, and none is superseded. One that has expired is passed by (behaviour C.4).
 */
export const queued: Mode = {
  locksStages: true,
  endsWithUpdate: true,
  rollsBackByItself: true,
  mostRunning: ({ runningExecutions }) => runningExecutions,
  mostActions: () => Number.POSITIVE_INFINITY,
  approach({ id: executionId }, stage) {
    const isNext = isFree(stage) && stage.waiting[0] === executionId;
    return isNext ? [{ kind: 'stageEntered', executionId, stageName: stage.stageName, isLocking: true }] : [];
  },
  callIn: firstWaiter,
};
