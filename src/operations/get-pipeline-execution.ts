import { executionType } from './execution-type.ts';
import { findExecution } from './find-execution.ts';
import { findPipeline } from './find-pipeline.ts';
import type { Operation } from './operation.ts';

/** One execution with its source revisions and variables. */
export const getPipelineExecution: Operation<'GetPipelineExecution'> = async (input, call, parts) => {
  const pipeline = await findPipeline(input.pipelineName, call, parts);
  const execution = await findExecution(pipeline, input.pipelineExecutionId, parts);
  return {
    pipelineExecution: {
      pipelineName: pipeline.name,
      pipelineVersion: execution.pipelineVersion,
      pipelineExecutionId: execution.id,
      status: execution.status,
      statusSummary: execution.statusSummary,
      artifactRevisions: execution.revisions.map(({ actionName: _, ...revision }) => revision),
      variables: execution.variables.length > 0 ? execution.variables : undefined,
      trigger: execution.trigger,
      executionMode: execution.executionMode,
      ...executionType(execution),
    },
  };
};
