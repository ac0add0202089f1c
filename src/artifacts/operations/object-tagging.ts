import { refusalError } from '../local/backing.ts';
import { findObject } from '../local/read-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, type ObjectCall } from '../protocol/call.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { maxObjectTags, readTagSet, tagSetOf } from '../protocol/tags.ts';
import { buildXml, parseXml } from '../protocol/xml.ts';

/** GetObjectTagging: returns an empty set for an object without tags. */
export const getObjectTagging: ObjectOperation = async (call, backing) => {
  const { object, versionId } = await findObject(backing, nameOf(call));
  const xml = buildXml('Tagging', tagSetOf(object.attributes.tags ?? []));
  return { status: 200, headers: { 'x-amz-version-id': versionId }, xml };
};

/** PutObjectTagging: replaces all tags of one version. */
export const putObjectTagging: ObjectOperation = async (call, backing) => {
  const tags = readTagSet(parseXml(await readSmallPayload(call, 'of the body'), 'Tagging'), maxObjectTags);
  const { object, versionId } = await findObject(backing, nameOf(call));
  const outcome = await backing.index.setObjectTags(bucketOf(call), call.key, object.versionId, tags);
  if (outcome.refused) throw refusalError(outcome.refused, call);
  return { status: 200, headers: { 'x-amz-version-id': versionId, 'Content-Length': '0' } };
};

/** DeleteObjectTagging. */
export const deleteObjectTagging: ObjectOperation = async (call, backing) => {
  const { object, versionId } = await findObject(backing, nameOf(call));
  const outcome = await backing.index.setObjectTags(bucketOf(call), call.key, object.versionId, []);
  if (outcome.refused) throw refusalError(outcome.refused, call);
  return { status: 204, headers: { 'x-amz-version-id': versionId } };
};

function nameOf(call: ObjectCall) {
  return { ...bucketOf(call), key: call.key, versionId: call.query.get('versionId') };
}
