import { stopExecution } from '../../../engine/events/stop-execution.ts';
import type { Operation } from '../operation.ts';

/** Ends an execution after its running actions, or by abandoning them (behaviour C.5). */
export const stopPipelineExecution: Operation<'StopPipelineExecution'> = async (input, call, { store }) => {
  const { pipelineName: name, pipelineExecutionId: executionId, abandon = false, reason } = input;
  await store.advance(
    { kind: 'execution', scope: call, name, executionId },
    (snapshot, moment) => stopExecution(snapshot, { executionId, abandon, reason }, moment),
    call.origin,
  );
  return { pipelineExecutionId: executionId };
};
