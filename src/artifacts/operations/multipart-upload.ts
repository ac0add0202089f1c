import { randomBytes } from 'node:crypto';
import type { StoredChecksum } from '../../store/objects/object-index.ts';
import { refusalError, requireBucket } from '../local/backing.ts';
import { withEncryption } from '../local/default-encryption.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, type ObjectCall } from '../protocol/call.ts';
import { type ChecksumAlgorithm, readAlgorithm } from '../protocol/checksum.ts';
import { writtenEncryptionHeaders } from '../protocol/object-encryption.ts';
import { checkWriteHeaders, readAttributes } from '../protocol/object-headers.ts';
import { S3Error } from '../protocol/s3-error.ts';
import { buildXml } from '../protocol/xml.ts';

/** CreateMultipartUpload: stores the attributes of the future object. */
export const createMultipartUpload: ObjectOperation = async (call, backing) => {
  checkWriteHeaders(call);
  const wanted = readAttributes(call);
  const checksumAlgorithm = readAlgorithm(call, 'x-amz-checksum-algorithm');
  const checksumType = readChecksumType(call, checksumAlgorithm);
  const attributes = withEncryption(wanted, await requireBucket(backing, bucketOf(call)));
  const createdAt = backing.now();
  // Ids grow with time, so that the uploads of a key are listed in the order of their creation.
  const uploadId = `${createdAt.toString(36).padStart(10, '0')}${randomBytes(24).toString('hex')}`;
  const upload = { uploadId, key: call.key, attributes, checksumAlgorithm, checksumType, createdAt };
  const outcome = await backing.index.createUpload(bucketOf(call), upload, call.access.writeGrant?.id);
  if (outcome.refused) throw refusalError(outcome.refused, call);
  return {
    status: 200,
    headers: {
      ...writtenEncryptionHeaders(attributes),
      'x-amz-checksum-algorithm': checksumAlgorithm,
      'x-amz-checksum-type': checksumType,
    },
    xml: buildXml('InitiateMultipartUploadResult', { Bucket: call.bucket, Key: call.key, UploadId: uploadId }),
  };
};

/** Reads the checksum type; S3 supports only some combinations with the algorithm. */
export function readChecksumType(
  call: ObjectCall,
  algorithm: ChecksumAlgorithm | undefined,
): StoredChecksum['type'] | undefined {
  const type = call.header('x-amz-checksum-type')?.toUpperCase();
  if (algorithm === undefined) {
    if (type === undefined) return undefined;
    throw new S3Error(
      'InvalidRequest',
      'The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header.',
    );
  }
  if (type === undefined) return algorithm === 'CRC64NVME' ? 'FULL_OBJECT' : 'COMPOSITE';
  if (type !== 'COMPOSITE' && type !== 'FULL_OBJECT') {
    throw new S3Error('InvalidRequest', 'Value for x-amz-checksum-type header is invalid.');
  }
  const isUnsupported = type === 'COMPOSITE' ? algorithm === 'CRC64NVME' : algorithm.startsWith('SHA');
  if (!isUnsupported) return type;
  throw new S3Error(
    'InvalidRequest',
    `The ${type} checksum type cannot be used with the ${algorithm.toLowerCase()} checksum algorithm.`,
  );
}

/** AbortMultipartUpload: removes the upload and its parts. */
export const abortMultipartUpload: ObjectOperation = async (call, backing) => {
  const { index, files } = backing;
  const uploadId = call.query.get('uploadId') ?? '';
  await requireBucket(backing, bucketOf(call));
  const outcome = await index.abortUpload(bucketOf(call), call.key, uploadId);
  if (outcome.refused) throw refusalError(outcome.refused, { ...call, uploadId });
  await files.remove(outcome.freedFileIds);
  return { status: 204 };
};
