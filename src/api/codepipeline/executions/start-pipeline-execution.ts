import { startExecution } from '../../../engine/events/start-execution.ts';
import type { Operation } from '../operation.ts';

/** Starts an execution with the newest source revisions, or with those it names (behaviour C.10). */
export const startPipelineExecution: Operation<'StartPipelineExecution'> = async (input, call, { store }) => {
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
};
