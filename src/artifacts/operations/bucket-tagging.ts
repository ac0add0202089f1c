import { requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { maxBucketTags, readTagSet, tagSetOf } from '../protocol/tags.ts';
import { buildXml, parseXml } from '../protocol/xml.ts';
import { changeSettings } from './bucket-settings.ts';

/** GetBucketTagging: throws NoSuchTagSet for a bucket without tags. */
export const getBucketTagging: ObjectOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  if (!settings.tags?.length) {
    throw new S3Error('NoSuchTagSet', 'The TagSet does not exist', { elements: { BucketName: call.bucket } });
  }
  return { status: 200, xml: buildXml('Tagging', tagSetOf(settings.tags)) };
};

/** PutBucketTagging: replaces all tags. */
export const putBucketTagging: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const tags = readTagSet(parseXml(await readSmallPayload(call, 'of the body'), 'Tagging'), maxBucketTags);
  await changeSettings(call, backing, { tags });
  return { status: 204 };
};

/** DeleteBucketTagging. */
export const deleteBucketTagging: ObjectOperation = async (call, backing) => {
  await changeSettings(call, backing, { tags: null });
  return { status: 204 };
};
