import { ServiceError } from '../../../contract/errors.ts';
import { readPageToken } from '../../page-token.ts';
import { operation } from '../operation.ts';
import { findPipeline } from '../pipelines/find-pipeline.ts';
import { pipelineResource } from '../resources.ts';

/** Lists the machines that a deploy action deployed to: none, since no provider here deploys to machines. */
export const listDeployActionExecutionTargets = operation('ListDeployActionExecutionTargets', {
  note: 'validates the action execution; always empty, since no provider here deploys to machines',
  resources: ({ pipelineName = '*' }, scope) => [pipelineResource(pipelineName, scope)],
  async run(input, call, dependencies) {
    const { pipelineName, actionExecutionId, nextToken } = input;
    const pipeline = pipelineName === undefined ? undefined : await findPipeline(pipelineName, call, dependencies);
    readPageToken(dependencies.sealer, ['ListDeployActionExecutionTargets', actionExecutionId], nextToken);
    if (!(await dependencies.store.executions.hasAction(call, actionExecutionId, pipeline?.id))) {
      throw new ServiceError(
        'ActionExecutionNotFoundException',
        `Action Execution with id '${actionExecutionId}' does not exist`,
      );
    }
    return { targets: [] };
  },
});
