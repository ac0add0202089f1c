import { requireBucket } from '../local/backing.ts';
import { findObject } from '../local/read-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, type ObjectCall } from '../protocol/call.ts';
import { checkWriteHeaders } from '../protocol/object-headers.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { asList, isElement, parseXml } from '../protocol/xml.ts';

/** PutBucketAcl and PutObjectAcl: accepts only the ACL that everything has anyway. */
export const putAcl: ObjectOperation = async (call, backing) => {
  await requireOwnerAcl(call);
  if (call.key === '') await requireBucket(backing, bucketOf(call));
  else await findObject(backing, { ...bucketOf(call), key: call.key, versionId: call.query.get('versionId') });
  return { status: 200, headers: { 'Content-Length': '0' } };
};

/** Rejects an ACL that grants something to anyone but the owner. */
export async function requireOwnerAcl(call: ObjectCall): Promise<void> {
  checkWriteHeaders(call);
  const text = await readSmallPayload(call, 'of the body');
  if (text.trim() === '') return;
  const { AccessControlList: list } = parseXml(text, 'AccessControlPolicy');
  const grants = isElement(list) ? asList(list.Grant) : [];
  const { account } = call.request;
  const isOwners = (grant: unknown) =>
    isElement(grant) &&
    isElement(grant.Grantee) &&
    String(grant.Grantee.ID ?? '').trim() === account &&
    String(grant.Permission ?? '').trim() === 'FULL_CONTROL';
  if (grants.every(isOwners)) return;
  throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs');
}
