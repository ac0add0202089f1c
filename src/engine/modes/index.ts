import type { ErrorCode } from '../../contract/errors.ts';
import type { ExecutionMode } from '../../contract/generated.ts';
import type { Snapshot, StageOccupancy } from '../../model/snapshot.ts';
import type { Mode } from './mode.ts';
import { parallel } from './parallel.ts';
import { queued } from './queued.ts';
import { superseded } from './superseded.ts';

/** Every execution mode, by its name in the API. */
export const modes: Record<ExecutionMode, Mode> = { SUPERSEDED: superseded, QUEUED: queued, PARALLEL: parallel };

/** Returns the mode an execution started in, which the mode of its pipeline may no longer be. */
export function modeOf({ executionMode }: { executionMode: ExecutionMode }): Mode {
  return modes[executionMode];
}

/** Returns the executions that may enter a free stage; executions of several modes may wait for it. */
export function nextEntrants(stage: StageOccupancy): string[] {
  return [...new Set(Object.values(modes).flatMap((mode) => mode.nextEntrants(stage)))];
}

/** Refuses one more running execution above the limit of its mode (behaviour B.6); the text is ours. */
export function overLimit(
  { pipeline, limits, runningExecutions }: Snapshot,
  executionMode: ExecutionMode,
): { refuse: ErrorCode; message: string } | undefined {
  const most = modes[executionMode].maxRunning(limits);
  if (runningExecutions < most) return undefined;
  return {
    refuse: 'ConcurrentPipelineExecutionsLimitExceededException',
    message: `Pipeline '${pipeline.name}' has reached the limit of ${most} concurrent executions in ${executionMode} mode.`,
  };
}
