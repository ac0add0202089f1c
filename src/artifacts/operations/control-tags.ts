import { requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { checkTags, maxBucketTags, readTags } from '../protocol/tags.ts';
import { buildXml, parseXml } from '../protocol/xml.ts';
import { changeSettings } from './bucket-settings.ts';

/** ListTagsForResource: returns an empty list for a bucket without tags. */
export const listTagsForResource: ObjectOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  const Tag = (settings.tags ?? []).map(({ key, value }) => ({ Key: key, Value: value }));
  return { status: 200, xml: buildXml('ListTagsForResourceResult', { Tags: Tag.length === 0 ? '' : { Tag } }) };
};

/** TagResource: adds tags to a bucket or changes their values. */
export const tagResource: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const { Tags } = parseXml(await readSmallPayload(call, 'of the body'), 'TagResourceRequest');
  const added = readTags(Tags, maxBucketTags);
  await changeSettings(call, backing, ({ tags, ...others }) => {
    const kept = (tags ?? []).filter(({ key }) => !added.some((tag) => tag.key === key));
    checkTags([...kept, ...added], maxBucketTags);
    return { ...others, tags: [...kept, ...added] };
  });
  return { status: 204 };
};

/** UntagResource: removes the tags named by `tagKeys`. */
export const untagResource: ObjectOperation = async (call, backing) => {
  const removed = new URLSearchParams(call.request.query).getAll('tagKeys');
  await changeSettings(call, backing, ({ tags, ...others }) => ({
    ...others,
    tags: (tags ?? []).filter(({ key }) => !removed.includes(key)),
  }));
  return { status: 204 };
};
