import type { Change } from '../../model/change.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import type { ExecutionSnapshot, StageOccupancy } from '../../model/snapshot.ts';

/** Everything in which the execution modes differ (behaviour C.2); an execution keeps the mode it started in. */
export interface Mode {
  /** Whether an execution inside a stage keeps others out. If so, only who entered last may run the stage again. */
  locksStages: boolean;
  /** Whether an update of the pipeline ends the execution (behaviour C.2.4). */
  endsWithUpdate: boolean;
  /** Whether a stage that fails may be rolled back by itself (behaviour B.3). */
  rollsBackByItself: boolean;
  /** Most executions of a pipeline that run at once. */
  mostRunning(limits: ExecutionLimits): number;
  /** Most actions of an execution that run at once. */
  mostActions(limits: ExecutionLimits): number;
  /** What happens to an execution that stands before a stage. */
  approach(execution: ExecutionSnapshot, stage: StageOccupancy): Change[];
  /** Who is looked at next when a stage has been freed or its way opened. */
  callIn(stage: StageOccupancy): string[];
}

/** Whether nobody has closed the way into a stage, or somebody has opened it again. */
export function isOpen({ transition }: StageOccupancy): boolean {
  return transition?.enabled !== false;
}
