import type { BucketAddress, BucketSettings, Tag } from '../../store/objects/object-index.ts';
import { type Backing, refusalError, requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { checkBucketName } from '../protocol/address.ts';
import { authorize, bucketOf, type ObjectCall } from '../protocol/call.ts';
import { checkWriteHeaders } from '../protocol/object-headers.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { refusals, S3Error } from '../protocol/s3-error.ts';
import { maxBucketTags, readTags } from '../protocol/tags.ts';
import { buildXml, childText, parseXml } from '../protocol/xml.ts';
import { ownerships } from './bucket-access.ts';

/** CreateBucket. The region is the LocationConstraint, by default the region the request is signed for. */
export const createBucket: ObjectOperation = async (call, backing) => {
  checkBucketName(call.bucket);
  checkWriteHeaders(call);
  if (call.header('x-amz-bucket-object-lock-enabled')?.toLowerCase() === 'true') {
    throw new S3Error('NotImplemented', 'Object lock is not implemented.');
  }
  const objectOwnership = readOwnership(call);
  const { region = call.request.region, tags } = await readConfiguration(call);
  const { account } = call.request;
  await makeBucket(backing, { account, bucket: call.bucket, region, settings: { tags, objectOwnership } });
  return { status: 200, headers: { Location: `/${call.bucket}`, 'Content-Length': '0' } };
};

/** Reads the object ownership from the headers. */
export function readOwnership(call: ObjectCall): string | undefined {
  const ownership = call.header('x-amz-object-ownership');
  if (ownership === undefined || ownerships.includes(ownership)) return ownership;
  throw refusals.invalidArgument(
    'x-amz-object-ownership',
    ownership,
    `Invalid x-amz-object-ownership header: ${ownership}`,
  );
}

/** Reads the region and the tags from the body. Tags need a permission of their own. */
export async function readConfiguration(call: ObjectCall): Promise<{ region?: string; tags?: Tag[] }> {
  const text = await readSmallPayload(call, 'of the body');
  if (text.trim() === '') return {};
  const configuration = parseXml(text, 'CreateBucketConfiguration');
  const tags = readTags(configuration.Tags, maxBucketTags);
  if (tags.length > 0) authorize(call, 's3:PutBucketTagging', call);
  return { region: readLocation(configuration), tags };
}

function readLocation(configuration: Record<string, unknown>): string | undefined {
  const location = childText(configuration, 'LocationConstraint')?.trim();
  if (location === undefined || location === '') return undefined;
  // S3's original name of eu-west-1.
  if (location === 'EU') return 'eu-west-1';
  if (/^[a-z0-9-]{1,32}$/.test(location)) return location;
  throw new S3Error('InvalidLocationConstraint', 'The specified location-constraint is not valid', {
    elements: { LocationConstraint: location },
  });
}

/** Creates a bucket. As on S3, creating it again succeeds in us-east-1 and is a conflict elsewhere. */
export async function makeBucket(
  { index, now }: Backing,
  { account, bucket, region, settings = {} }: BucketAddress & { region: string; settings?: BucketSettings },
): Promise<void> {
  const { existing } = await index.createBucket({
    account,
    name: bucket,
    region,
    settings,
    createdAt: now(),
  });
  if (!existing || (existing.region === 'us-east-1' && region === 'us-east-1')) return;
  throw new S3Error(
    'BucketAlreadyOwnedByYou',
    'Your previous request to create the named bucket succeeded and you already own it.',
    { elements: { BucketName: bucket } },
  );
}

/** HeadBucket: returns the bucket's region. */
export const headBucket: ObjectOperation = async (call, backing) => {
  const { region } = await requireBucket(backing, bucketOf(call));
  return {
    status: 200,
    headers: { 'x-amz-bucket-region': region, 'x-amz-access-point-alias': 'false', 'Content-Type': 'application/xml' },
  };
};

/** GetBucketLocation: returns the region; for us-east-1 it is empty, as on S3. */
export const getBucketLocation: ObjectOperation = async (call, backing) => {
  const { region } = await requireBucket(backing, bucketOf(call));
  return { status: 200, xml: buildXml('LocationConstraint', region === 'us-east-1' ? '' : region) };
};

/** DeleteBucket: deletes an empty bucket and its unfinished uploads. */
export const deleteBucket: ObjectOperation = async (call, { index, files }) => {
  const outcome = await index.deleteBucket(bucketOf(call));
  if (outcome.refused) throw refusalError(outcome.refused, call);
  await files.remove(outcome.freedFileIds);
  return { status: 204 };
};
