import { readExecutionFilter } from './execution-filter.ts';
import { findPipeline } from './find-pipeline.ts';
import type { Operation } from './operation.ts';
import { readPageToken } from './page-token.ts';

/** The history of condition rules: empty, as this version saves no pipeline with conditions. */
export const listRuleExecutions: Operation<'ListRuleExecutions'> = async (input, call, parts) => {
  const pipeline = await findPipeline(input.pipelineName, call, parts);
  await readExecutionFilter(input.filter, pipeline, parts);
  readPageToken(parts.sealer, ['ListRuleExecutions', pipeline.id], input.nextToken);
  return { ruleExecutionDetails: [] };
};
