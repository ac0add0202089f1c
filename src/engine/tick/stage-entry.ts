import type { Change } from '../../model/change.ts';
import type { ExecutionSnapshot, Snapshot } from '../../model/snapshot.ts';
import { modeOf } from '../modes/index.ts';

/** What happens to an execution in front of a stage: its mode decides, unless its wait has expired (behaviour C.4). */
export function enterStage(snapshot: Snapshot, execution: ExecutionSnapshot, stageName: string): Change[] {
  const stage = snapshot.occupancy.find((candidate) => candidate.stageName === stageName);
  if (!stage) throw new Error(`execution ${execution.id} waits at ${stageName}, which its pipeline does not have`);
  return execution.hasExpired ? [] : modeOf(execution).approach(execution, stage);
}
