import { randomBytes } from 'node:crypto';
import { requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readRules } from '../protocol/lifecycle-rules.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { asList, buildXml, isElement, parseXml, withoutBlanks, type XmlNode } from '../protocol/xml.ts';
import { changeSettings } from './bucket-settings.ts';

/** S3's default, which clients compare with theirs. It has no effect, since there are no transitions. */
const transitionHeaders = { 'x-amz-transition-default-minimum-object-size': 'all_storage_classes_128K' };

/** GetBucketLifecycleConfiguration: returns the stored document, in which each rule has an id. */
export const getBucketLifecycle: ObjectOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  if (!settings.lifecycle) {
    throw new S3Error('NoSuchLifecycleConfiguration', 'The lifecycle configuration does not exist', {
      elements: { BucketName: call.bucket },
    });
  }
  const document = settings.lifecycle.document as Record<string, XmlNode>;
  return { status: 200, headers: transitionHeaders, xml: buildXml('LifecycleConfiguration', document) };
};

/** PutBucketLifecycleConfiguration: expirations and aborts take effect; transitions are only stored. */
export const putBucketLifecycle: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const given = withoutBlanks(parseXml(await readSmallPayload(call, 'of the body'), 'LifecycleConfiguration'));
  const rules = readRules(given);
  const document = { Rule: asList(given.Rule).map((rule) => (isElement(rule) ? withId(rule) : rule)) };
  await changeSettings(call, backing, { lifecycle: { rules, document } });
  return { status: 200, headers: { ...transitionHeaders, 'Content-Length': '0' } };
};

/** DeleteBucketLifecycle. */
export const deleteBucketLifecycle: ObjectOperation = async (call, backing) => {
  await changeSettings(call, backing, { lifecycle: null });
  return { status: 204 };
};

function withId(rule: Record<string, unknown>): Record<string, unknown> {
  return typeof rule.ID === 'string' && rule.ID !== '' ? rule : { ...rule, ID: randomBytes(24).toString('base64url') };
}
