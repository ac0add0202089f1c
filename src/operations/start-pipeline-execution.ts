import { ServiceError } from '../contract/errors.ts';
import { startExecution } from '../engine/start-execution.ts';
import type { Operation } from './operation.ts';

/** Starts an execution with the newest source revisions. */
export const startPipelineExecution: Operation<'StartPipelineExecution'> = async (input, call, { store }) => {
  const { name, variables, clientRequestToken, sourceRevisions } = input;
  if (sourceRevisions?.length) {
    throw new ServiceError(
      'ValidationException',
      'Source revision overrides are not supported by this version of Millrace.',
    );
  }
  const pipelineExecutionId = await store.advance(
    { kind: 'pipeline', scope: call, name, clientRequestToken },
    (snapshot, moment) =>
      startExecution(
        snapshot,
        { triggerType: 'StartPipelineExecution', triggerDetail: call.callerArn, variables, clientRequestToken },
        moment,
      ),
  );
  return { pipelineExecutionId };
};
