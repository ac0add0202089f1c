import type { ObjectVersion } from '../../store/objects/object-index.ts';
import { type Backing, requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf, type ObjectCall } from '../protocol/call.ts';
import { quoteEtag } from '../protocol/etag.ts';
import { type ListPage, readListPage } from '../protocol/list-page.ts';
import { type ListParameters, ownerOf, readListParameters } from '../protocol/list-parameters.ts';
import { refusals } from '../protocol/s3-error.ts';
import { buildXml, type XmlNode } from '../protocol/xml.ts';

/** ListObjects (version 1), paged by `marker`. */
export const listObjectsV1: ObjectOperation = async (call, backing) => {
  const parameters = readListParameters(call, 'max-keys');
  const { encode, delimiter } = parameters;
  const marker = call.query.get('marker') ?? '';
  const page = await readPage(call, backing, parameters, marker);
  const xml = buildXml('ListBucketResult', {
    ...listHead(call, parameters, page),
    Marker: encode(marker),
    // Without a delimiter S3 leaves it to clients to use the last key.
    NextMarker: page.next && delimiter !== '' ? encode(page.next.afterKey) : undefined,
    ...listEntries(parameters, page, ownerOf(call.request.account)),
  });
  return { status: 200, xml };
};

/** ListObjectsV2, paged by an opaque token. */
export const listObjectsV2: ObjectOperation = async (call, backing) => {
  const listType = call.query.get('list-type') ?? '';
  if (listType !== '2') throw refusals.invalidArgument('list-type', listType, 'Invalid List Type specified in Request');
  const parameters = readListParameters(call, 'max-keys');
  const token = call.query.get('continuation-token');
  const startAfter = call.query.get('start-after');
  const page = await readPage(call, backing, parameters, token === undefined ? (startAfter ?? '') : readToken(token));
  const wantsOwner = call.query.get('fetch-owner') === 'true';
  const xml = buildXml('ListBucketResult', {
    ...listHead(call, parameters, page),
    KeyCount: page.items.length + page.commonPrefixes.length,
    ContinuationToken: token,
    NextContinuationToken: page.next && Buffer.from(page.next.afterKey).toString('base64url'),
    StartAfter: startAfter === undefined ? undefined : parameters.encode(startAfter),
    ...listEntries(parameters, page, wantsOwner ? ownerOf(call.request.account) : undefined),
  });
  return { status: 200, xml };
};

function readToken(token: string): string {
  const key = Buffer.from(token, 'base64url').toString('utf8');
  if (key !== '' && !key.includes('\0') && Buffer.from(key).toString('base64url') === token) return key;
  throw refusals.invalidArgument('continuation-token', token, 'The continuation token provided is incorrect');
}

async function readPage(
  call: ObjectCall,
  backing: Backing,
  { prefix, delimiter, limit }: ListParameters,
  afterKey: string,
): Promise<ListPage<ObjectVersion>> {
  await requireBucket(backing, bucketOf(call));
  return readListPage({
    prefix,
    delimiter,
    limit,
    start: { afterKey },
    fetch: (position, count) =>
      backing.index.listObjects(bucketOf(call), { prefix, after: position.afterKey, limit: count }),
    positionOf: ({ key }) => ({ afterKey: key }),
  });
}

function listHead(
  call: ObjectCall,
  { prefix, delimiter, limit, encode, encodingType }: ListParameters,
  page: ListPage<ObjectVersion>,
): Record<string, XmlNode> {
  return {
    Name: call.bucket,
    Prefix: encode(prefix),
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    MaxKeys: limit,
    EncodingType: encodingType,
    IsTruncated: page.next !== undefined,
  };
}

function listEntries(
  { encode }: ListParameters,
  { items, commonPrefixes }: ListPage<ObjectVersion>,
  owner: ReturnType<typeof ownerOf> | undefined,
): Record<string, XmlNode> {
  return {
    Contents: items.map((object) => ({ ...listedObject(object, encode), Owner: owner })),
    CommonPrefixes: commonPrefixes.map((prefix) => ({ Prefix: encode(prefix) })),
  };
}

/** Returns the elements of an object or a version in lists. */
export function listedObject(
  { key, modifiedAt, etag, size, attributes }: ObjectVersion,
  encode: ListParameters['encode'],
): Record<string, XmlNode> {
  return {
    Key: encode(key),
    LastModified: new Date(modifiedAt).toISOString(),
    ETag: quoteEtag(etag),
    ChecksumAlgorithm: attributes.checksum?.algorithm,
    ChecksumType: attributes.checksum?.type,
    Size: size,
    StorageClass: 'STANDARD',
  };
}
