import { requireBucket } from '../local/backing.ts';
import type { BucketOperation, ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { refusals, S3Error } from '../protocol/s3-error.ts';
import { buildXml, childElements, childText, parseXml } from '../protocol/xml.ts';
import { changeSettings } from './bucket-settings.ts';

const blocks = ['BlockPublicAcls', 'IgnorePublicAcls', 'BlockPublicPolicy', 'RestrictPublicBuckets'];
/** The values of object ownership; the first is the default. */
export const ownerships = ['BucketOwnerEnforced', 'BucketOwnerPreferred', 'ObjectWriter'];

/** GetPublicAccessBlock: by default everything is blocked. Nothing is public, whatever the setting. */
export const getPublicAccessBlock: BucketOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  const { publicAccessBlock = Object.fromEntries(blocks.map((name) => [name, true])) } = settings;
  if (publicAccessBlock === null) {
    const message = 'The public access block configuration was not found';
    throw new S3Error('NoSuchPublicAccessBlockConfiguration', message, { elements: { BucketName: call.bucket } });
  }
  return { status: 200, xml: buildXml('PublicAccessBlockConfiguration', publicAccessBlock) };
};

/** PutPublicAccessBlock: stores the setting, which has no effect. */
export const putPublicAccessBlock: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const document = parseXml(await readSmallPayload(call, 'of the body'), 'PublicAccessBlockConfiguration');
  const publicAccessBlock = Object.fromEntries(
    blocks.map((name) => [name, childText(document, name)?.trim().toLowerCase() === 'true']),
  );
  await changeSettings(call, backing, { publicAccessBlock });
  return { status: 200, headers: { 'Content-Length': '0' } };
};

/** DeletePublicAccessBlock. */
export const deletePublicAccessBlock: ObjectOperation = async (call, backing) => {
  await changeSettings(call, backing, { publicAccessBlock: null });
  return { status: 204 };
};

/** GetBucketOwnershipControls: by default the bucket owner owns everything. */
export const getBucketOwnershipControls: BucketOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  const { objectOwnership = ownerships[0] } = settings;
  if (objectOwnership === null) {
    const message = 'The bucket ownership controls were not found';
    throw new S3Error('OwnershipControlsNotFoundError', message, { elements: { BucketName: call.bucket } });
  }
  return { status: 200, xml: buildXml('OwnershipControls', { Rule: { ObjectOwnership: objectOwnership } }) };
};

/** PutBucketOwnershipControls: stores the setting, which has no effect because no ACL is accepted. */
export const putBucketOwnershipControls: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const document = parseXml(await readSmallPayload(call, 'of the body'), 'OwnershipControls');
  const [rule] = childElements(document, 'Rule');
  const objectOwnership = rule && childText(rule, 'ObjectOwnership');
  if (objectOwnership === undefined) throw refusals.malformedXml('expected <ObjectOwnership>');
  if (!ownerships.includes(objectOwnership)) throw refusals.malformedXml('ObjectOwnership');
  await changeSettings(call, backing, { objectOwnership });
  return { status: 200, headers: { 'Content-Length': '0' } };
};

/** DeleteBucketOwnershipControls. */
export const deleteBucketOwnershipControls: ObjectOperation = async (call, backing) => {
  await changeSettings(call, backing, { objectOwnership: null });
  return { status: 204 };
};
