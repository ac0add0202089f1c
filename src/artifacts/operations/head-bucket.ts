import { requireBucket } from '../local/backing.ts';
import type { Operation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';

/** HeadBucket: returns the bucket's region. */
export const headBucket: Operation = async (call, backing) => {
  const { region } = await requireBucket(backing, bucketOf(call));
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false', 'Content-Type': 'application/xml' },
  };
};
