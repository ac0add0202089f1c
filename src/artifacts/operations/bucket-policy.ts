import { requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, type ObjectCall } from '../protocol/call.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { buildXml } from '../protocol/xml.ts';
import { changeSettings } from './bucket-settings.ts';

/** GetBucketPolicy: returns the policy unchanged. */
export const getBucketPolicy: ObjectOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  if (!settings.policy) throw noPolicy(call);
  return { status: 200, json: settings.policy };
};

/** GetBucketPolicyStatus: returns whether the policy is public. Unsigned requests are rejected even then. */
export const getBucketPolicyStatus: ObjectOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  if (!settings.policy) throw noPolicy(call);
  const checked = call.access.checkPolicy(settings.policy, call.bucket);
  return { status: 200, xml: buildXml('PolicyStatus', { IsPublic: 'isPublic' in checked && checked.isPublic }) };
};

/** PutBucketPolicy: accepts only fully supported policies, and public ones only if the bucket allows them. */
export const putBucketPolicy: ObjectOperation = async (call, backing) => {
  const { settings } = await requireBucket(backing, bucketOf(call));
  const policy = await readSmallPayload(call, 'of the body');
  const checked = call.access.checkPolicy(policy, call.bucket);
  if ('fault' in checked) throw new S3Error('MalformedPolicy', checked.fault);
  // A new bucket blocks public policies; one whose block was deleted doesn't.
  const { publicAccessBlock } = settings;
  const isBlocked = publicAccessBlock === undefined || publicAccessBlock?.BlockPublicPolicy === true;
  if (checked.isPublic && isBlocked) {
    throw new S3Error(
      'AccessDenied',
      'The policy grants access to everyone, and the BlockPublicPolicy block public access setting of the bucket prevents public policies.',
    );
  }
  await changeSettings(call, backing, { policy });
  return { status: 204 };
};

/** DeleteBucketPolicy. */
export const deleteBucketPolicy: ObjectOperation = async (call, backing) => {
  await changeSettings(call, backing, { policy: null });
  return { status: 204 };
};

function noPolicy({ bucket }: ObjectCall): S3Error {
  return new S3Error('NoSuchBucketPolicy', 'The bucket policy does not exist', { elements: { BucketName: bucket } });
}
