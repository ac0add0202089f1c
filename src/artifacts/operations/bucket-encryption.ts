import type { DefaultEncryption } from '../../store/objects/object-index.ts';
import { requireBucket } from '../local/backing.ts';
import { defaultEncryptionOf } from '../local/default-encryption.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, checkHeaderText } from '../protocol/call.ts';
import { encryptionAlgorithms } from '../protocol/object-encryption.ts';
import { readSmallPayload } from '../protocol/payload.ts';
import { refusals, S3Error } from '../protocol/s3-error.ts';
import { buildXml, childElements, childText, isElement, parseXml } from '../protocol/xml.ts';
import { changeSettings } from './bucket-settings.ts';

/** GetBucketEncryption: AES256 by default, as on S3. */
export const getBucketEncryption: ObjectOperation = async (call, backing) => {
  const { algorithm, kmsKeyId, isBucketKeyEnabled } = defaultEncryptionOf(await requireBucket(backing, bucketOf(call)));
  const xml = buildXml('ServerSideEncryptionConfiguration', {
    Rule: {
      ApplyServerSideEncryptionByDefault: { SSEAlgorithm: algorithm, KMSMasterKeyID: kmsKeyId },
      BucketKeyEnabled: isBucketKeyEnabled ?? false,
    },
  });
  return { status: 200, xml };
};

/** PutBucketEncryption: sets the default for objects whose writers don't specify encryption. */
export const putBucketEncryption: ObjectOperation = async (call, backing) => {
  await requireBucket(backing, bucketOf(call));
  const document = parseXml(await readSmallPayload(call, 'of the body'), 'ServerSideEncryptionConfiguration');
  const [rule, ...others] = childElements(document, 'Rule');
  if (!rule || others.length > 0) throw refusals.malformedXml('exactly one Rule');
  await changeSettings(call, backing, { encryption: readRule(rule) });
  return { status: 200, headers: { 'Content-Length': '0' } };
};

/** DeleteBucketEncryption: restores AES256. */
export const deleteBucketEncryption: ObjectOperation = async (call, backing) => {
  await changeSettings(call, backing, { encryption: null });
  return { status: 204 };
};

function readRule(rule: Record<string, unknown>): DefaultEncryption {
  const byDefault = rule.ApplyServerSideEncryptionByDefault;
  const isBucketKeyEnabled = childText(rule, 'BucketKeyEnabled') === 'true';
  if (!isElement(byDefault)) return { algorithm: 'AES256', isBucketKeyEnabled };
  const algorithm = childText(byDefault, 'SSEAlgorithm') ?? '';
  if (!encryptionAlgorithms.includes(algorithm)) throw refusals.malformedXml('SSEAlgorithm');
  const kmsKeyId = childText(byDefault, 'KMSMasterKeyID')?.trim() || undefined;
  // The key id is sent in the headers of every object.
  checkHeaderText('kmsmasterkeyid', kmsKeyId ?? '');
  if (kmsKeyId !== undefined && algorithm === 'AES256') {
    throw new S3Error(
      'InvalidArgument',
      'a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms',
    );
  }
  return { algorithm, kmsKeyId, isBucketKeyEnabled };
}
