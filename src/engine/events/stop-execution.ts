import type { Change } from '../../model/change.ts';
import type { Decision, Moment } from '../../model/decision.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { isRunning } from '../../model/status.ts';
import { abandonActions } from '../tick/end-actions.ts';
import { finish } from '../tick/tick.ts';

/** The execution to stop, and whether to abandon its running actions instead of waiting for them. */
export interface StopRequest {
  executionId: string;
  abandon: boolean;
  reason?: string;
}

/**
 * Stops an execution: it starts nothing more and ends when its running actions have ended. They can be abandoned
 * instead, also by a second request (behaviour C.5).
 */
export function stopExecution(snapshot: Snapshot, request: StopRequest, moment: Moment): Decision {
  const { execution, pipeline } = snapshot;
  const { executionId, abandon, reason } = request;
  if (!execution || !isRunning(execution.status)) {
    return {
      refuse: 'PipelineExecutionNotStoppableException',
      message: `The pipeline execution with ID '${executionId}' in '${pipeline.name}' can't be stopped now. Either it does not exist in the pipeline, or the pipeline execution has no action executions in progress.`,
    };
  }
  if (execution.status === 'Stopping' && !abandon) {
    return {
      refuse: 'DuplicatedStopRequestException',
      message: `The execution with ID ${executionId} in ${pipeline.name} is already in a stopping state. If you already chose to stop and wait, you cannot make that request again. You can choose to stop and abandon now, but be aware that this option can lead to failed actions. If you already chose to stop and abandon, you cannot make that request again.`,
    };
  }
  const stopping: Change = { kind: 'executionStopping', executionId, stopTrigger: { reason } };
  const abandoned = abandon ? abandonActions(execution, execution.actions, moment.at) : [];
  return finish(snapshot, moment, [stopping, ...abandoned], undefined);
}
