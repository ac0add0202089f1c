import type { ExecutionType, PipelineRollbackMetadata } from '../../../contract/generated.ts';
import type { Execution } from '../../../model/execution.ts';

/** The members that only a rollback has; standard executions have none of them (behaviour C.1). */
export function executionType({ rollback }: Pick<Execution, 'rollback'>): {
  executionType?: ExecutionType;
  rollbackMetadata?: PipelineRollbackMetadata;
} {
  if (!rollback) return {};
  return {
    executionType: 'ROLLBACK',
    rollbackMetadata: { rollbackTargetPipelineExecutionId: rollback.targetExecutionId },
  };
}
