import type { Artifact } from '@aws-sdk/client-codepipeline';

/** Returns the location of a job's artifact in the form of S3's commands. */
export function placeOf(artifacts: Artifact[] | undefined, index = 0): { Bucket: string; Key: string } {
  const { bucketName = '', objectKey = '' } = artifacts?.[index]?.location?.s3Location ?? {};
  return { Bucket: bucketName, Key: objectKey };
}
