import type { ObjectAttributes, StoredChecksum } from '../../store/objects/object-index.ts';
import { findObject } from '../local/read-object.ts';
import type { ObjectOperation } from '../operation.ts';
import { authorize, bucketOf, type ObjectCall } from '../protocol/call.ts';
import { checksumElement } from '../protocol/checksum.ts';
import { readPartPage } from '../protocol/list-parameters.ts';
import { refusals } from '../protocol/s3-error.ts';
import { buildXml, type XmlNode } from '../protocol/xml.ts';

const known = ['ETag', 'Checksum', 'ObjectParts', 'StorageClass', 'ObjectSize'];

/** GetObjectAttributes: returns the attributes named by `x-amz-object-attributes`. */
export const getObjectAttributes: ObjectOperation = async (call, backing) => {
  const versionId = call.query.get('versionId');
  authorizeAttributes(call);
  const wanted = readWanted(call);
  const page = readPartPage(call);
  const { object, versionId: shownVersion } = await findObject(backing, {
    ...bucketOf(call),
    key: call.key,
    versionId,
    recorded: call.access.contentOf?.(call.bucket, call.key),
  });
  const { attributes } = object;
  const all: Record<string, XmlNode> = {
    ETag: object.etag,
    Checksum: checksumNode(attributes.checksum),
    ObjectParts: partsNode(page, attributes),
    StorageClass: 'STANDARD',
    ObjectSize: object.size,
  };
  const xml = buildXml(
    'GetObjectAttributesResponse',
    Object.fromEntries(Object.entries(all).filter(([name]) => wanted.has(name))),
  );
  const headers = { 'Last-Modified': new Date(object.modifiedAt).toUTCString(), 'x-amz-version-id': shownVersion };
  return { status: 200, headers, xml };
};

/** Checks the permission that this read needs in addition to that to the object. */
export function authorizeAttributes(call: ObjectCall): void {
  authorize(call, call.query.has('versionId') ? 's3:GetObjectVersionAttributes' : 's3:GetObjectAttributes', call);
}

function readWanted(call: ObjectCall): Set<string> {
  const header = call.header('x-amz-object-attributes') ?? '';
  const names = header
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const isValid = names.length > 0 && names.every((name) => known.includes(name));
  if (isValid) return new Set(names);
  throw refusals.invalidArgument('x-amz-object-attributes', header, 'Invalid attribute name specified.');
}

/** Omits the number of parts from a composite checksum, as S3 does only here. */
function checksumNode(checksum: StoredChecksum | undefined): XmlNode {
  if (!checksum) return undefined;
  const [value] = checksum.value.split('-');
  return { [checksumElement(checksum.algorithm)]: value, ChecksumType: checksum.type };
}

/** Returns the parts of a multipart upload; like S3, lists them only if they have checksums. */
function partsNode(
  { limit, marker }: { limit: number; marker: number },
  { partSizes, partChecksums, checksum }: ObjectAttributes,
): XmlNode {
  if (!partSizes) return undefined;
  if (!partChecksums || !checksum) return { PartsCount: partSizes.length };
  const parts = partSizes.slice(marker, marker + limit);
  return {
    PartsCount: partSizes.length,
    PartNumberMarker: marker,
    NextPartNumberMarker: marker + parts.length,
    MaxParts: limit,
    IsTruncated: marker + parts.length < partSizes.length,
    Part: parts.map((size, index) => ({
      PartNumber: marker + index + 1,
      Size: size,
      [checksumElement(checksum.algorithm)]: partChecksums[marker + index],
    })),
  };
}
