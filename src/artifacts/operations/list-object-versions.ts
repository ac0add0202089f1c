import { requireBucket } from '../local/backing.ts';
import type { ObjectOperation } from '../operation.ts';
import { bucketOf } from '../protocol/call.ts';
import { readListPage } from '../protocol/list-page.ts';
import { ownerOf, readListParameters } from '../protocol/list-parameters.ts';
import { refusals } from '../protocol/s3-error.ts';
import { buildXml } from '../protocol/xml.ts';
import { listedObject } from './list-objects.ts';

/** ListObjectVersions: lists versions and delete markers, newest first within a key. */
export const listObjectVersions: ObjectOperation = async (call, backing) => {
  const { prefix, delimiter, limit, encode, encodingType } = readListParameters(call, 'max-keys');
  const keyMarker = call.query.get('key-marker') ?? '';
  const versionMarker = call.query.get('version-id-marker') || undefined;
  if (versionMarker !== undefined && keyMarker === '') {
    const message = 'A version-id marker cannot be specified without a key marker.';
    throw refusals.invalidArgument('version-id-marker', versionMarker, message);
  }
  await requireBucket(backing, bucketOf(call));
  const page = await readListPage({
    prefix,
    delimiter,
    limit,
    start: { afterKey: keyMarker, afterId: versionMarker },
    fetch: ({ afterKey, afterId }, count) =>
      backing.index.listVersions(bucketOf(call), { prefix, afterKey, afterVersionId: afterId, limit: count }),
    positionOf: ({ key, versionId }) => ({ afterKey: key, afterId: versionId }),
  });
  const owner = ownerOf(call.request.account);
  const xml = buildXml('ListVersionsResult', {
    Name: call.bucket,
    Prefix: encode(prefix),
    KeyMarker: encode(keyMarker),
    VersionIdMarker: versionMarker ?? '',
    NextKeyMarker: page.next && encode(page.next.afterKey),
    NextVersionIdMarker: page.next?.afterId,
    MaxKeys: limit,
    Delimiter: delimiter === '' ? undefined : encode(delimiter),
    EncodingType: encodingType,
    IsTruncated: page.next !== undefined,
    Version: page.items
      .filter(({ isDeleteMarker }) => !isDeleteMarker)
      .map((version) => ({
        ...listedObject(version, encode),
        VersionId: version.versionId,
        IsLatest: version.isLatest,
        Owner: owner,
      })),
    DeleteMarker: page.items
      .filter(({ isDeleteMarker }) => isDeleteMarker)
      .map(({ key, versionId, isLatest, modifiedAt }) => ({
        Key: encode(key),
        VersionId: versionId,
        IsLatest: isLatest,
        LastModified: new Date(modifiedAt).toISOString(),
        Owner: owner,
      })),
    CommonPrefixes: page.commonPrefixes.map((common) => ({ Prefix: encode(common) })),
  });
  return { status: 200, xml };
};
