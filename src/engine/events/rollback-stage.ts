import type { Decision } from '../../model/decision.ts';
import type { Moment } from '../../model/moment.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { draftOf, record } from '../tick/draft.ts';
import { conclude, tick } from '../tick/tick.ts';
import { rollbackObstacle, startRollback } from './rollback-execution.ts';

/** Which stage is to run again as it did in which execution, and who asks. */
export interface RollbackRequest {
  stageName: string;
  targetExecutionId: string;
  callerArn: string;
}

/**
 * Starts an execution that runs this one stage with what the target had before it: artifacts, variables, revisions
 * (behaviour C.7). It enters at once, past a closed way and whoever waits before it. The snapshot is of the target.
 * Answers the new execution's id.
 */
export function rollbackStage(snapshot: Snapshot, request: RollbackRequest, moment: Moment): Decision<string> {
  const { execution: target, pipeline } = snapshot;
  if (!target) {
    return {
      refuse: 'PipelineExecutionNotFoundException',
      message: `Target Pipeline Execution with id '${request.targetExecutionId}' does not exist in pipeline with name '${pipeline.name}'`,
    };
  }
  if (target.pipelineVersion !== pipeline.version) {
    return {
      refuse: 'PipelineExecutionOutdatedException',
      message: `Pipeline '${pipeline.name}' has been updated since the rollback request was made.`,
    };
  }
  const message = rollbackObstacle(snapshot, target, request.stageName);
  if (message !== undefined) return { refuse: 'UnableToRollbackStageException', message };
  const triggerDetail = JSON.stringify({ AwsUserArn: request.callerArn });
  const trigger = { triggerType: 'ManualRollback', triggerDetail } as const;
  const { executionId, changes } = startRollback(snapshot, target, { stageName: request.stageName, trigger }, moment);
  return conclude(tick(record(draftOf(snapshot, moment), ...changes), moment), executionId);
}
