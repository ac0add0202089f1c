import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { stopExecution } from './stop-execution.ts';

/**
 * Stops a running execution of a deleted pipeline and abandons its actions and jobs. What AWS does is unknown
 * (behaviour C.2.4).
 */
export function endWithPipeline(snapshot: Snapshot, moment: Moment): Decision {
  const executionId = snapshot.execution?.id ?? '';
  return stopExecution(snapshot, { executionId, abandon: true, reason: 'The pipeline was deleted.' }, moment);
}
