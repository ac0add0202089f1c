import type { ArtifactDetail, ExecutionType, PipelineRollbackMetadata } from '../../../contract/generated.ts';
import type { ArtifactInstance, Execution } from '../../../model/execution.ts';

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

/** An artifact as the histories show it. */
export function toArtifactDetail({ name, bucketName, objectKey }: ArtifactInstance): ArtifactDetail {
  return { name, s3location: { bucket: bucketName, key: objectKey } };
}
