import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { finish } from '../tick/tick.ts';
import { rollbackObstacle, startRollback } from './rollback-execution.ts';

/** The stage to roll back, the execution to roll it back to, and the caller. */
export interface RollbackRequest {
  stageName: string;
  targetExecutionId: string;
  callerArn: string;
}

/** Starts a rollback (behaviour C.7) and returns its execution id. The snapshot has to be of the target execution. */
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
  return finish(snapshot, moment, changes, executionId);
}
