import { stopExecution } from '../../../engine/events/stop-execution.ts';
import { operation } from '../operation.ts';
import { pipelineOf } from '../resources.ts';

/** Stops an execution after its running actions, or abandons them (behaviour C.5). */
export const stopPipelineExecution = operation('StopPipelineExecution', {
  note: 'complete',
  resources: pipelineOf,
  async run(input, call, { store }) {
    const { pipelineName: name, pipelineExecutionId: executionId, abandon = false, reason } = input;
    await store.advance(
      { kind: 'execution', scope: call, name, executionId, onlyContinues: true },
      (snapshot, moment) => stopExecution(snapshot, { executionId, abandon, reason }, moment),
      call.origin,
    );
    return { pipelineExecutionId: executionId };
  },
});
