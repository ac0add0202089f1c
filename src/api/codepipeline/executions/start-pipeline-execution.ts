import { startExecution } from '../../../engine/events/start-execution.ts';
import { operation } from '../operation.ts';
import { namedPipeline } from '../resources.ts';

/** Starts an execution with the latest source revisions or the given ones (behaviour C.10). */
export const startPipelineExecution = operation('StartPipelineExecution', {
  note: 'complete',
  resources: namedPipeline,
  passedRoles: ({ name, sourceRevisions = [] }) => ({
    pipelineName: name,
    actionNames: sourceRevisions.map(({ actionName }) => actionName),
  }),
  async run(input, call, { store }) {
    const { name, variables, clientRequestToken, sourceRevisions } = input;
    const pipelineExecutionId = await store.advance(
      { kind: 'pipeline', scope: call, name, clientRequestToken },
      (snapshot, moment) =>
        startExecution(
          snapshot,
          {
            triggerType: 'StartPipelineExecution',
            triggerDetail: call.callerArn,
            variables,
            sourceRevisions,
            clientRequestToken,
          },
          moment,
        ),
    );
    return { pipelineExecutionId };
  },
});
