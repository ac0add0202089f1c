import type { ErrorCode } from '../../contract/errors.ts';
import type { ExecutionMode } from '../../contract/generated.ts';
import type { Snapshot } from '../../model/snapshot.ts';
import { modes } from '../modes/index.ts';

/** Why one more execution of this mode may not run now, if it may not (behaviour B.6); the text is ours. */
export function overLimit(
  { pipeline, limits, runningExecutions }: Snapshot,
  executionMode: ExecutionMode,
): { refuse: ErrorCode; message: string } | undefined {
  const most = modes[executionMode].mostRunning(limits);
  if (runningExecutions < most) return undefined;
  return {
    refuse: 'ConcurrentPipelineExecutionsLimitExceededException',
    message: `Pipeline '${pipeline.name}' has reached the limit of ${most} concurrent executions in ${executionMode} mode.`,
  };
}
