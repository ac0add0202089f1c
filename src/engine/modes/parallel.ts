import { isOpen, type Mode } from './mode.ts';

/**
 * PARALLEL (behaviour C.2.3): executions do not affect each other and keep the definition they started with. They wait
 * only for a disabled transition, and enter together once it is enabled.
 */
export const parallel: Mode = {
  locksStages: false,
  endsWithUpdate: false,
  rollsBackByItself: false,
  maxRunning: ({ runningExecutions }) => runningExecutions,
  maxActions: ({ parallelActions }) => parallelActions,
  tryEnter: ({ id: executionId }, stage) =>
    isOpen(stage) ? [{ kind: 'stageEntered', executionId, stageName: stage.stageName, isLocking: false }] : [],
  nextEntrants: (stage) => (isOpen(stage) ? stage.waitingParallel : []),
};
