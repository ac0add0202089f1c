import { retryStage } from '../../../engine/events/retry-stage.ts';
import type { Operation } from '../operation.ts';
import { findStage } from '../pipelines/find-stage.ts';

/** Runs the failed, or all, actions of a stage again within the same execution (behaviour C.6). */
export const retryStageExecution: Operation<'RetryStageExecution'> = async (input, call, parts) => {
  await findStage(input, call, parts);
  const { pipelineName: name, pipelineExecutionId: executionId, stageName, retryMode: mode } = input;
  const pipelineExecutionId = await parts.store.advance(
    { kind: 'execution', scope: call, name, executionId, stageName, mayStart: true },
    (snapshot, moment) => retryStage(snapshot, { executionId, stageName, mode }, moment),
  );
  return { pipelineExecutionId };
};
