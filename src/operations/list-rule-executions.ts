import { ServiceError } from '../contract/errors.ts';
import { findPipeline } from './find-pipeline.ts';
import type { Operation } from './operation.ts';
import { readPageToken } from './page-token.ts';

/** The history of the rules of stage conditions. Conditions are refused when a pipeline is saved, so it is empty. */
export const listRuleExecutions: Operation<'ListRuleExecutions'> = async (input, call, parts) => {
  const { pipelineName, filter, nextToken } = input;
  const pipeline = await findPipeline(pipelineName, call, parts);
  readPageToken(parts.sealer, ['ListRuleExecutions', pipeline.id], nextToken);
  const named = [filter?.pipelineExecutionId, filter?.latestInPipelineExecution?.pipelineExecutionId];
  for (const id of named.filter((executionId) => executionId !== undefined)) {
    if (await parts.store.executions.find(pipeline.id, id)) continue;
    throw new ServiceError(
      'PipelineExecutionNotFoundException',
      `Pipeline Execution with id '${id}' does not exist in pipeline with name '${pipelineName}'`,
    );
  }
  return { ruleExecutionDetails: [] };
};
