import { retryStage } from '../../../engine/events/retry-stage.ts';
import { operation } from '../operation.ts';
import { findStage } from '../pipelines/find-pipeline.ts';
import { stageOf } from '../resources.ts';

/** Reruns the failed, or all, actions of a stage within the same execution (behaviour C.6). */
export const retryStageExecution = operation('RetryStageExecution', {
  note: 'complete',
  resources: stageOf,
  async run(input, call, dependencies) {
    await findStage(input, call, dependencies);
    const { pipelineName: name, pipelineExecutionId: executionId, stageName, retryMode: mode } = input;
    const pipelineExecutionId = await dependencies.store.advance(
      { kind: 'execution', scope: call, name, executionId, stageName },
      (snapshot, moment) => retryStage(snapshot, { executionId, stageName, mode }, moment),
    );
    return { pipelineExecutionId };
  },
});
