import type { ArtifactDetail } from '../../../contract/generated.ts';
import type { ArtifactInstance } from '../../../model/execution.ts';

/** An artifact as the histories show it. */
export function toArtifactDetail({ name, bucketName, objectKey }: ArtifactInstance): ArtifactDetail {
  return { name, s3location: { bucket: bucketName, key: objectKey } };
}
