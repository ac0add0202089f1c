import type { ExecutionMode } from '../../contract/generated.ts';
import type { StageOccupancy } from '../../model/snapshot.ts';
import type { Mode } from './mode.ts';
import { parallel } from './parallel.ts';
import { queued } from './queued.ts';
import { superseded } from './superseded.ts';

/** Every execution mode under the name the API gives it. */
export const modes: Record<ExecutionMode, Mode> = { SUPERSEDED: superseded, QUEUED: queued, PARALLEL: parallel };

/** The mode an execution started in, whatever the mode of its pipeline is by now. */
export function modeOf({ executionMode }: { executionMode: ExecutionMode }): Mode {
  return modes[executionMode];
}

/** Who is looked at next at a stage that has been freed or opened: executions of several modes may wait there. */
export function callIn(stage: StageOccupancy): string[] {
  return [...new Set(Object.values(modes).flatMap((mode) => mode.callIn(stage)))];
}
