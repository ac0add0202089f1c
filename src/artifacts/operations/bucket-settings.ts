import { requireBucket } from '../backing.ts';
import { bucketOf } from '../call.ts';
import { ownerOf } from '../list-parameters.ts';
import type { Operation } from '../operation.ts';
import { findObject } from '../read-object.ts';
import { S3Error, type S3ErrorCode } from '../s3-error.ts';
import { buildXml } from '../xml.ts';

/** A read of a bucket setting that nobody can make here: S3's answer for a bucket on which it was never made. */
export function absentSetting(code: S3ErrorCode, message: string): Operation {
  return async (call, backing) => {
    await requireBucket(backing, bucketOf(call));
    throw new S3Error(code, message, { elements: { BucketName: call.bucket } });
  };
}

/** A read of a bucket setting whose default is a document without content, or nearly so. */
export function defaultSetting(root: string, children: Record<string, string> = {}): Operation {
  return async (call, backing) => {
    await requireBucket(backing, bucketOf(call));
    return { status: 200, xml: buildXml(root, children) };
  };
}

/** GetBucketAcl and GetObjectAcl: the account owns everything and shares nothing. */
export const getAcl: Operation = async (call, backing) => {
  const { account } = call.request;
  if (call.key === '') await requireBucket(backing, bucketOf(call));
  else await findObject(backing, { ...bucketOf(call), key: call.key, versionId: call.query.get('versionId') });
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
};

/** GetObjectTagging: objects cannot be tagged here, so none has tags. Copies by the AWS CLI ask. */
export const getObjectTagging: Operation = async (call, backing) => {
  const versionId = call.query.get('versionId');
  const found = await findObject(backing, { ...bucketOf(call), key: call.key, versionId });
  const xml = buildXml('Tagging', { TagSet: '' });
  return { status: 200, headers: { 'x-amz-version-id': found.versionId }, xml };
};
