import { JobFailure } from '../../worker/job-failure.ts';
import { objectFailure } from '../object-failure.ts';
import type { FoundRevision, ProviderObjects } from '../provider.ts';

/**
 * Finds the current version of the source object; an object without a version id is identified by its ETag. Throws
 * `JobFailure` if the object cannot be read.
 */
export async function checkS3Source(
  { S3Bucket: bucket = '', S3ObjectKey: key = '' }: Record<string, string>,
  { objects }: { objects: Pick<ProviderObjects, 'headObject'> },
): Promise<FoundRevision> {
  if (`${bucket}${key}`.includes('#{')) {
    throw new JobFailure(
      'ConfigurationError',
      'Its bucket or key contains a variable, which only has a value in an execution.',
    );
  }
  const head = await headOf(bucket, key, objects);
  if (!head)
    throw new JobFailure(
      'ConfigurationError',
      `The bucket ${bucket} has no object with the key ${key}, or is missing.`,
    );
  const { versionId, etag } = head;
  return versionId === undefined || versionId === 'null'
    ? { cursor: `etag:${etag}` }
    : { cursor: versionId, revisionId: versionId };
}

async function headOf(bucket: string, key: string, objects: Pick<ProviderObjects, 'headObject'>) {
  try {
    return await objects.headObject(bucket, key);
  } catch (error) {
    throw objectFailure('read', `the source object s3://${bucket}/${key}`, error);
  }
}
