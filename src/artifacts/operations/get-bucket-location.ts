import { requireBucket } from '../local/backing.ts';
import type { Operation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { buildXml } from '../protocol/xml.ts';

/** GetBucketLocation: returns the region; for us-east-1 it is empty, as on S3. */
export const getBucketLocation: Operation = async (call, backing) => {
  const { region } = await requireBucket(backing, bucketOf(call));
  return { status: 200, xml: buildXml('LocationConstraint', region === 'us-east-1' ? '' : region) };
};
