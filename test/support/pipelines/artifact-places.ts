import type { Artifact } from '@aws-sdk/client-codepipeline';

/** Where an artifact of a job is, as S3's commands want it. */
export function placeOf(artifacts: Artifact[] | undefined, index = 0): { Bucket: string; Key: string } {
  const { bucketName = '', objectKey = '' } = artifacts?.[index]?.location?.s3Location ?? {};
  return { Bucket: bucketName, Key: objectKey };
}
