import type { ArtifactDetail, ExecutionType, PipelineRollbackMetadata } from '../../../contract/generated.ts';
import type { ArtifactInstance, Execution } from '../../../model/execution.ts';

/** Returns the members that only a rollback has; standard executions have none of them (behaviour C.1). */
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

/** Converts an artifact to what the history operations return. */
export function toArtifactDetail({ name, bucketName, objectKey }: ArtifactInstance): ArtifactDetail {
  return { name, s3location: { bucket: bucketName, key: objectKey } };
}
