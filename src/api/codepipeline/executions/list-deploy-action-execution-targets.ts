import { ServiceError } from '../../../contract/errors.ts';
import type { Operation } from '../operation.ts';
import { readPageToken } from '../page-token.ts';
import { findPipeline } from '../pipelines/find-pipeline.ts';

/** The machines a deploy action worked on. No provider here works on machines, so an action that exists has none. */
export const listDeployActionExecutionTargets: Operation<'ListDeployActionExecutionTargets'> = async (
  input,
  call,
  parts,
) => {
  const { pipelineName, actionExecutionId, nextToken } = input;
  const pipeline = pipelineName === undefined ? undefined : await findPipeline(pipelineName, call, parts);
  readPageToken(parts.sealer, ['ListDeployActionExecutionTargets', actionExecutionId], nextToken);
  if (!(await parts.store.executions.hasAction(call, actionExecutionId, pipeline?.id))) {
    throw new ServiceError(
      'ActionExecutionNotFoundException',
      `Action Execution with id '${actionExecutionId}' does not exist`,
    );
  }
  return { targets: [] };
};
