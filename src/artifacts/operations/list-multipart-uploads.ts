import { requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readListPage } from '../protocol/list-page.ts';
import { ownerOf, readListParameters } from '../protocol/list-parameters.ts';
import { buildXml } from '../protocol/xml.ts';

/** ListMultipartUploads: lists uploads that are neither completed nor aborted. */
export const listMultipartUploads: ObjectOperation = async (call, backing) => {
  const { prefix, delimiter, limit, encode, encodingType } = readListParameters(call, 'max-uploads');
  const keyMarker = call.query.get('key-marker') ?? '';
  const uploadMarker = call.query.get('upload-id-marker') || undefined;
  await requireBucket(backing, bucketOf(call));
  const page = await readListPage({
    prefix,
    delimiter,
    limit,
    // S3 ignores the second marker without the first.
    start: { afterKey: keyMarker, afterId: keyMarker === '' ? undefined : uploadMarker },
    fetch: ({ afterKey, afterId }, count) =>
      backing.index.listUploads(bucketOf(call), { prefix, afterKey, afterUploadId: afterId, limit: count }),
    positionOf: ({ key, uploadId }) => ({ afterKey: key, afterId: uploadId }),
  });
  const owner = ownerOf(call.request.account);
  const xml = buildXml('ListMultipartUploadsResult', {
    Bucket: call.bucket,
    KeyMarker: encode(keyMarker),
    UploadIdMarker: uploadMarker ?? '',
    NextKeyMarker: page.next && encode(page.next.afterKey),
    NextUploadIdMarker: page.next?.afterId,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: encodingType,
    MaxUploads: limit,
    IsTruncated: page.next !== undefined,
    Upload: page.items.map((upload) => ({
      Key: encode(upload.key),
      UploadId: upload.uploadId,
      Initiator: owner,
      Owner: owner,
      StorageClass: 'STANDARD',
      Initiated: new Date(upload.createdAt).toISOString(),
      ChecksumAlgorithm: upload.checksumAlgorithm,
      ChecksumType: upload.checksumType,
    })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  });
  return { status: 200, xml };
};
