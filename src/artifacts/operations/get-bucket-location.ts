import { requireBucket } from '../local/backing.ts';
import type { Operation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { buildXml } from '../protocol/xml.ts';

/** GetBucketLocation: empty for us-east-1, as it was before there were others. */
export const getBucketLocation: Operation = async (call, backing) => {
  const { region } = await requireBucket(backing, bucketOf(call));
  return { status: 200, xml: buildXml('LocationConstraint', region === 'us-east-1' ? '' : region) };
};
