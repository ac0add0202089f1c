import { retryStage } from '../../../engine/events/retry-stage.ts';
import { operation } from '../operation.ts';
import { findStage } from '../pipelines/find-pipeline.ts';
import { stageOf } from '../resources.ts';

/** Runs the failed, or all, actions of a stage again within the same execution (behaviour C.6). */
export const retryStageExecution = operation('RetryStageExecution', {
  note: 'complete',
  resources: stageOf,
  async run(input, call, parts) {
    await findStage(input, call, parts);
    const { pipelineName: name, pipelineExecutionId: executionId, stageName, retryMode: mode } = input;
    const pipelineExecutionId = await parts.store.advance(
      { kind: 'execution', scope: call, name, executionId, stageName, mayStart: true },
      (snapshot, moment) => retryStage(snapshot, { executionId, stageName, mode }, moment),
    );
    return { pipelineExecutionId };
  },
});
