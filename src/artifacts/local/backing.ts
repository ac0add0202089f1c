import type { Bucket, BucketAddress, ObjectIndex, ObjectRefusal } from '../../store/objects/object-index.ts';
import { refusals, S3Error } from '../protocol/s3-error.ts';
import type { ObjectFiles } from './object-files.ts';

/** The rows and bytes of buckets and objects, and the clock. */
export interface Backing {
  index: ObjectIndex;
  files: ObjectFiles;
  now: () => number;
}

/** The subset of `Backing` for operations that only read a bucket. */
export interface BucketRows {
  index: Pick<ObjectIndex, 'findBucket'>;
}

/** Returns the bucket, or throws NoSuchBucket. */
export async function requireBucket({ index }: BucketRows, where: BucketAddress): Promise<Bucket> {
  const bucket = await index.findBucket(where);
  if (!bucket) throw refusals.noSuchBucket(where.bucket);
  return bucket;
}

/** Returns S3's error for a write that the index refused. */
export function refusalError(
  refusal: ObjectRefusal,
  about: { bucket: string; key?: string; uploadId?: string },
): S3Error {
  const { bucket, key = '', uploadId = '' } = about;
  switch (refusal) {
    case 'noSuchBucket':
      return refusals.noSuchBucket(bucket);
    case 'bucketNotEmpty':
      return new S3Error('BucketNotEmpty', 'The bucket you tried to delete is not empty', {
        elements: { BucketName: bucket },
      });
    case 'noSuchKey':
      return refusals.noSuchKey(key);
    case 'preconditionFailed':
      return refusals.preconditionFailed('If-Match or If-None-Match');
    case 'noSuchUpload':
      return refusals.noSuchUpload(uploadId);
    case 'partsChanged':
      return refusals.invalidPart();
    case 'grantEnded':
      return refusals.grantEnded();
  }
}
