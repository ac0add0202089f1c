import { rollbackStage as startRollback } from '../../../engine/events/rollback-stage.ts';
import { operation } from '../operation.ts';
import { findStage } from '../pipelines/find-pipeline.ts';
import { stageOf } from '../resources.ts';

/** Runs a stage as it ran in an earlier execution (behaviour C.7). */
export const rollbackStage = operation('RollbackStage', {
  note: 'complete',
  resources: stageOf,
  async run(input, call, dependencies) {
    await findStage(input, call, dependencies);
    const { pipelineName: name, stageName, targetPipelineExecutionId: targetExecutionId } = input;
    const pipelineExecutionId = await dependencies.store.advance(
      { kind: 'execution', scope: call, name, executionId: targetExecutionId },
      (snapshot, moment) =>
        startRollback(snapshot, { stageName, targetExecutionId, callerArn: call.callerArn }, moment),
    );
    return { pipelineExecutionId };
  },
});
