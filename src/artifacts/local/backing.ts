import type { Bucket, BucketAddress, ObjectIndex, ObjectRefusal } from '../../store/objects/object-index.ts';
import { refusals, S3Error } from '../protocol/s3-error.ts';
import type { ObjectFiles } from './object-files.ts';

/** Where buckets and objects are: the rows, the bytes, and the time. */
export interface Backing {
  index: ObjectIndex;
  files: ObjectFiles;
  now: () => number;
}

/** What operations that only look at a bucket need. */
export interface BucketRows {
  index: Pick<ObjectIndex, 'findBucket'>;
}

/** The bucket, or NoSuchBucket. */
export async function requireBucket({ index }: BucketRows, where: BucketAddress): Promise<Bucket> {
  const bucket = await index.findBucket(where);
  if (!bucket) throw refusals.noSuchBucket(where.bucket);
  return bucket;
}

/** What a write of the index refused, in S3's words. */
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
