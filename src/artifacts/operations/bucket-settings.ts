import type { BucketSettings } from '../../store/objects/object-index.ts';
import { type Backing, refusalError, requireBucket } from '../local/backing.ts';
import { findObject } from '../local/read-object.ts';
import type { BucketOperation, ObjectOperation } from '../operation.ts';
import { type Answer, bucketOf, type ObjectCall } from '../protocol/call.ts';
import { ownerOf } from '../protocol/list-parameters.ts';
import { S3Error, type S3ErrorCode } from '../protocol/s3-error.ts';
import { buildXml } from '../protocol/xml.ts';

/** Merges members into the settings of the call's bucket, or applies a function; throws NoSuchBucket. */
export async function changeSettings(
  call: ObjectCall,
  { index }: Backing,
  change: BucketSettings | ((settings: BucketSettings) => BucketSettings),
): Promise<void> {
  const outcome = await index.changeSettings(
    bucketOf(call),
    typeof change === 'function' ? change : (settings) => ({ ...settings, ...change }),
  );
  if (outcome.refused) throw refusalError(outcome.refused, call);
}

/** Creates the read of a setting that can't be changed: throws S3's error for a bucket without it. */
export function absentSetting(code: S3ErrorCode, message: string): BucketOperation {
  return async (call, backing) => {
    await requireBucket(backing, bucketOf(call));
    throw new S3Error(code, message, { elements: { BucketName: call.bucket } });
  };
}

/** Deletes a setting that can't be changed. */
export const deleteAbsentSetting: BucketOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  return { status: 204 };
};

/** Creates the read of a setting that can't be changed: returns S3's default document. */
export function defaultSetting(root: string, children: Record<string, string> = {}): BucketOperation {
  return async (call, backing) => {
    await requireBucket(backing, bucketOf(call));
    return { status: 200, xml: buildXml(root, children) };
  };
}

/** GetBucketAcl and GetObjectAcl: the account owns everything and shares nothing. */
export const getAcl: ObjectOperation = async (call, backing) => {
  if (call.key === '') await requireBucket(backing, bucketOf(call));
  else await findObject(backing, { ...bucketOf(call), key: call.key, versionId: call.query.get('versionId') });
  return aclDocument(call);
};

/** Returns the only ACL there is. */
export function aclDocument({ request: { account } }: ObjectCall): Answer {
  const grantee = {
    '@xmlns:xsi': 'http://www.w3.org/2001/XMLSchema-instance',
    '@xsi:type': 'CanonicalUser',
    ...ownerOf(account),
  };
  const xml = buildXml('AccessControlPolicy', {
    Owner: ownerOf(account),
    AccessControlList: { Grant: { Grantee: grantee, Permission: 'FULL_CONTROL' } },
  });
  return { status: 200, xml };
}
