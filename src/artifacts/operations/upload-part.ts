import type { Upload, UploadedPart } from '../../store/objects/object-index.ts';
import { type Backing, refusalError, requireBucket } from '../local/backing.ts';
import { protectionOf } from '../local/default-encryption.ts';
import type { ObjectOperation } from '../operation.ts';
import { readCopyRange } from '../protocol/byte-range.ts';
import { bucketOf, type ObjectCall } from '../protocol/call.ts';
import { type ChecksumAlgorithm, checksumElement, checksumHeader } from '../protocol/checksum.ts';
import { quoteEtag } from '../protocol/etag.ts';
import { encryptionHeaders } from '../protocol/object-encryption.ts';
import { openLocalPayload, openPayload, type Payload } from '../protocol/payload.ts';
import { refusals } from '../protocol/s3-error.ts';
import { buildXml } from '../protocol/xml.ts';
import { openCopySource, untilClientGone } from './copy-object.ts';

const maxPartNumber = 10_000;

/** UploadPart: parts may come in any order and concurrently; a repeated number replaces the part. */
export const uploadPart: ObjectOperation = async (call, backing) => {
  const partNumber = readPartNumber(call);
  const upload = await requireUpload(call, backing);
  const payload = openPayload(call, algorithmsOf(upload));
  const { part, checksums } = await storePart(call, backing, { upload, partNumber, payload });
  return {
    status: 200,
    headers: {
      ETag: quoteEtag(part.etag),
      ...Object.fromEntries([...checksums].map(([algorithm, value]) => [checksumHeader(algorithm), value])),
      ...encryptionHeaders(upload.attributes),
      'Content-Length': '0',
    },
  };
};

/** UploadPartCopy: copies the part from an object or a range of it. */
export const uploadPartCopy: ObjectOperation = async (call, backing) => {
  const partNumber = readPartNumber(call);
  const { file, object, versionId } = await openCopySource(call, backing);
  try {
    const upload = await requireUpload(call, backing);
    const range = readCopyRange(call.header('x-amz-copy-source-range'), object.size);
    const payload = openLocalPayload(untilClientGone(call, await file.stream(range)), algorithmsOf(upload));
    const { part, checksums } = await storePart(call, backing, { upload, partNumber, payload });
    const xml = buildXml('CopyPartResult', {
      ETag: quoteEtag(part.etag),
      LastModified: new Date(part.modifiedAt).toISOString(),
      ...Object.fromEntries([...checksums].map(([algorithm, value]) => [checksumElement(algorithm), value])),
    });
    const headers = { 'x-amz-copy-source-version-id': versionId, ...encryptionHeaders(upload.attributes) };
    return { status: 200, headers, xml };
  } finally {
    await file.close();
  }
};

/** Returns the call's upload; throws NoSuchBucket or NoSuchUpload. */
export async function requireUpload(call: ObjectCall, backing: Backing): Promise<Upload> {
  await requireBucket(backing, bucketOf(call));
  const uploadId = call.query.get('uploadId') ?? '';
  const upload = await backing.index.findUpload(bucketOf(call), call.key, uploadId);
  if (!upload) throw refusals.noSuchUpload(uploadId);
  return upload;
}

function readPartNumber(call: ObjectCall): number {
  const text = call.query.get('partNumber') ?? '';
  const number = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (number >= 1 && number <= maxPartNumber) return number;
  const message = `Part number must be an integer between 1 and ${maxPartNumber}, inclusive`;
  throw refusals.invalidArgument('partNumber', text, message);
}

function algorithmsOf({ checksumAlgorithm }: Upload): ChecksumAlgorithm[] {
  return checksumAlgorithm === undefined ? [] : [checksumAlgorithm as ChecksumAlgorithm];
}

async function storePart(
  call: ObjectCall,
  { index, files, now }: Backing,
  { upload, partNumber, payload }: { upload: Upload; partNumber: number; payload: Payload },
): Promise<{ part: UploadedPart; checksums: Map<ChecksumAlgorithm, string> }> {
  const protection = protectionOf(upload.attributes);
  const { part, checksums, freedFileIds } = await files.store(payload.chunks, protection, async (file) => {
    const { size, md5, checksums } = payload.digests();
    const [algorithm] = algorithmsOf(upload);
    const checksum = algorithm && checksums.get(algorithm);
    const part = { ...file, partNumber, size, etag: md5, checksum, modifiedAt: now() };
    const outcome = await index.putPart(upload.uploadId, part, call.access.writeGrant?.id);
    if (outcome.refused) throw refusalError(outcome.refused, { ...call, uploadId: upload.uploadId });
    return { part, checksums, freedFileIds: outcome.freedFileIds };
  });
  await files.remove(freedFileIds);
  return { part, checksums };
}
