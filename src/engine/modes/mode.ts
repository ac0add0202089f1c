import type { Change } from '../../model/change.ts';
import type { ExecutionLimits } from '../../model/quotas.ts';
import type { ExecutionSnapshot, StageOccupancy } from '../../model/snapshot.ts';

/** What differs between the execution modes (behaviour C.2). An execution keeps the mode it started in. */
export interface Mode {
  /**
   * Whether an execution inside a stage keeps others out. If so, only the last one to enter a stage may run it again.
   */
  locksStages: boolean;
  /** Whether an update of the pipeline ends the execution (behaviour C.2.4). */
  endsWithUpdate: boolean;
  /** Whether a failed stage can be rolled back automatically (behaviour B.3). */
  rollsBackByItself: boolean;
  /** Returns how many executions of a pipeline may run at the same time. */
  maxRunning(limits: ExecutionLimits): number;
  /** Returns how many actions of an execution may run at the same time. */
  maxActions(limits: ExecutionLimits): number;
  /** Returns what happens to an execution that waits for a stage. */
  tryEnter(execution: ExecutionSnapshot, stage: StageOccupancy): Change[];
  /** Returns the executions that may enter a stage once it is free or its transition is enabled. */
  nextEntrants(stage: StageOccupancy): string[];
}

/** Reports whether the transition into a stage is enabled. */
export function isOpen({ transition }: StageOccupancy): boolean {
  return transition?.enabled !== false;
}

/** Reports whether a stage that holds one execution at a time can be entered. */
export function isFree(stage: StageOccupancy): boolean {
  return stage.holder === undefined && isOpen(stage);
}

/** Returns the next entrant of a stage that holds one execution at a time: the one that arrived first. */
export function firstWaiter(stage: StageOccupancy): string[] {
  return isFree(stage) ? stage.waiting.slice(0, 1) : [];
}
