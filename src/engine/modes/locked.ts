import type { StageOccupancy } from '../../model/snapshot.ts';
import { isOpen } from './mode.ts';

/** Whether somebody may enter a stage that holds one execution at a time. */
export function isFree(stage: StageOccupancy): boolean {
  return stage.holder === undefined && isOpen(stage);
}

/** A stage that holds one execution at a time is entered by whoever arrived first. */
export function firstWaiter(stage: StageOccupancy): string[] {
  return isFree(stage) ? stage.waiting.slice(0, 1) : [];
}
