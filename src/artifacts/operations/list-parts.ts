import type { ObjectOperation } from '../operation.ts';
import { checksumElement } from '../protocol/checksum.ts';
import { quoteEtag } from '../protocol/etag.ts';
import { ownerOf, readPageSize, readWholeNumber } from '../protocol/list-parameters.ts';
import { buildXml } from '../protocol/xml.ts';
import { requireUpload } from './upload-part.ts';

/** ListParts: lists the parts uploaded so far. */
export const listParts: ObjectOperation = async (call, backing) => {
  const limit = readPageSize(call, 'max-parts');
  const marker = readWholeNumber(call, 'part-number-marker') ?? 0;
  const upload = await requireUpload(call, backing);
  const found = await backing.index.listParts(upload.uploadId, { afterPartNumber: marker, limit: limit + 1 });
  const parts = found.slice(0, limit);
  const owner = ownerOf(call.request.account);
  const { checksumAlgorithm } = upload;
  const xml = buildXml('ListPartsResult', {
    Bucket: call.bucket,
    Key: call.key,
    UploadId: upload.uploadId,
    Initiator: owner,
    Owner: owner,
    StorageClass: 'STANDARD',
    PartNumberMarker: marker,
    NextPartNumberMarker: parts.at(-1)?.partNumber ?? 0,
    MaxParts: limit,
    IsTruncated: found.length > parts.length && limit > 0,
    ChecksumAlgorithm: checksumAlgorithm,
    ChecksumType: upload.checksumType,
    Part: parts.map(({ partNumber, modifiedAt, etag, size, checksum }) => ({
      PartNumber: partNumber,
      LastModified: new Date(modifiedAt).toISOString(),
      ETag: quoteEtag(etag),
      Size: size,
      ...(checksumAlgorithm && { [checksumElement(checksumAlgorithm)]: checksum }),
    })),
  });
  return { status: 200, xml };
};
