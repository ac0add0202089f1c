import { ServiceError } from '../../../contract/errors.ts';
import { putActionRevision as putRevision } from '../../../engine/events/put-action-revision.ts';
import { operation } from '../operation.ts';
import { findAction } from '../pipelines/find-pipeline.ts';
import { actionOf } from '../resources.ts';

/** Reports a source revision and starts an execution with it (behaviour A.10). */
export const putActionRevision = operation('PutActionRevision', {
  note: 'complete',
  resources: actionOf,
  passedRoles: ({ pipelineName, actionName }) => ({ pipelineName, actionNames: [actionName] }),
  async run(input, call, dependencies) {
    const { pipelineName: name, actionName, actionRevision } = input;
    const { action } = await findAction(input, call, dependencies);
    if (action.actionTypeId.category !== 'Source') {
      throw new ServiceError('ValidationException', `The action '${actionName}' is not a source action.`);
    }
    const revision = { actionName, revisionId: actionRevision.revisionId };
    const { executionId, isNew } = await dependencies.store.advance(
      { kind: 'pipeline', scope: call, name, revision },
      (snapshot, moment) => putRevision(snapshot, { revision, callerArn: call.callerArn }, moment),
    );
    return { newRevision: isNew, pipelineExecutionId: executionId };
  },
});
