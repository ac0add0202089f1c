import { firstWaiter, isFree } from './locked.ts';
import type { Mode } from './mode.ts';

/**
 * SUPERSEDED (behaviour C.2.2): one execution inside a stage, a single slot before its door. Whoever arrives there
 * supersedes who stood there before, also before a closed door (behaviour C.4).
 */
export const superseded: Mode = {
  locksStages: true,
  endsWithUpdate: true,
  rollsBackByItself: true,
  mostRunning: () => Number.POSITIVE_INFINITY,
  mostActions: () => Number.POSITIVE_INFINITY,
  approach({ id: executionId }, stage) {
    const overtaken = [...stage.expired, ...stage.waiting.slice(0, -1)];
    if (overtaken.length > 0) return overtaken.map((older) => ({ kind: 'executionSuperseded', executionId: older }));
    return isFree(stage) ? [{ kind: 'stageEntered', executionId, stageName: stage.stageName, isLocking: true }] : [];
  },
  callIn: firstWaiter,
};
