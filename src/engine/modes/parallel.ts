import { isOpen, type Mode } from './mode.ts';

/**
 * PARALLEL (behaviour C.2.3): executions know nothing of each other and keep the definition they started with. Only a
 * closed way holds them; all that wait there enter when it is opened.
 */
export const parallel: Mode = {
  locksStages: false,
  endsWithUpdate: false,
  rollsBackByItself: false,
  mostRunning: ({ runningExecutions }) => runningExecutions,
  mostActions: ({ parallelActions }) => parallelActions,
  approach: ({ id: executionId }, stage) =>
    isOpen(stage) ? [{ kind: 'stageEntered', executionId, stageName: stage.stageName, isLocking: false }] : [],
  callIn: (stage) => (isOpen(stage) ? stage.waitingParallel : []),
};
