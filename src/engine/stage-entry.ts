import type { Change } from '../model/change.ts';
import type { ExecutionSnapshot, Snapshot } from '../model/snapshot.ts';

/**
 * What happens to an execution in front of a stage. SUPERSEDED mode (behaviour C.2.2): one execution inside, a single
 * slot before the door; of two that meet there the older one is superseded, also before a closed door (behaviour C.4).
 * `waiting` is oldest first.
 */
export function enterStage(snapshot: Snapshot, execution: ExecutionSnapshot, stageName: string): Change[] {
  const stage = snapshot.occupancy.find((candidate) => candidate.stageName === stageName);
  if (!stage) throw new Error(`execution ${execution.id} waits at ${stageName}, which its pipeline does not have`);
  const overtaken = stage.waiting.slice(0, -1);
  if (overtaken.length > 0) {
    return overtaken.map((executionId) => ({ kind: 'executionSuperseded', executionId }));
  }
  const isOpen = stage.holder === undefined && stage.transition?.enabled !== false;
  return isOpen ? [{ kind: 'stageEntered', executionId: execution.id, stageName }] : [];
}
