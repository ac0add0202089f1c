import type { Bucket, ObjectVersion } from '../../store/objects/object-index.ts';
import {
  checkRecorded,
  type RecordedContent,
  recordedVersionMissing,
  requireRecorded,
} from '../protocol/recorded-content.ts';
import { DamagedObjectError, refusals, S3Error } from '../protocol/s3-error.ts';
import { type Backing, requireBucket } from './backing.ts';
import type { OpenFile } from './open-file.ts';

/** Names an object, or one version of it; by default the latest. */
export interface ObjectName {
  account: string;
  bucket: string;
  key: string;
  versionId?: string;
  /** The version the reader gets instead of the latest. */
  recorded?: RecordedContent;
}

export interface FoundObject {
  object: ObjectVersion & { fileId: string };
  /** The value of `x-amz-version-id`; absent in a bucket that was never versioned. */
  versionId?: string;
}

/** How often the latest version may be overwritten between finding its row and opening its file. */
const maxAttempts = 5;

/** Returns the row of an object; throws NoSuchBucket, NoSuchKey, NoSuchVersion, or MethodNotAllowed for a marker. */
export async function findObject(backing: Backing, name: ObjectName): Promise<FoundObject> {
  const { key, versionId, recorded } = name;
  if (recorded !== undefined) {
    const bucket = await requireBucket(backing, name);
    const object = await findRecorded(backing, name, requireRecorded(key, recorded, versionId));
    return { object, versionId: shownVersion(bucket, object) };
  }
  // At the same time, since each result of a job waits for this.
  const [bucket, object] = await Promise.all([
    requireBucket(backing, name),
    backing.index.findObject(name, key, versionId),
  ]);
  if (!object && versionId !== undefined) {
    throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
      elements: { Key: key, VersionId: versionId },
    });
  }
  if (!object) throw refusals.noSuchKey(key);
  const { fileId } = object;
  if (fileId === undefined) throw markerRefusal(object, versionId);
  return { object: { ...object, fileId }, versionId: shownVersion(bucket, object) };
}

/** Returns the recorded version; one from before the bucket was versioned has the id `null`. */
async function findRecorded(
  { index }: Backing,
  name: ObjectName,
  recorded: Exclude<RecordedContent, 'missing'>,
): Promise<ObjectVersion & { fileId: string }> {
  const { key } = name;
  const object = await index.findObject(name, key, recorded.versionId ?? 'null');
  if (object?.fileId === undefined) throw recordedVersionMissing(key, recorded);
  checkRecorded(key, recorded, object.etag);
  return { ...object, fileId: object.fileId };
}

function markerRefusal(marker: ObjectVersion, versionId: string | undefined): S3Error {
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  if (versionId === undefined) return refusals.noSuchKey(marker.key, headers);
  return new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    headers: { ...headers, Allow: 'DELETE', 'Last-Modified': new Date(marker.modifiedAt).toUTCString() },
    elements: { ResourceType: 'DeleteMarker' },
  });
}

function shownVersion(bucket: Bucket, object: ObjectVersion): string | undefined {
  return bucket.versioning && object.versionId;
}

/** Finds an object and opens its file. The caller must read a stream of it to the end or close it. */
export async function openObject(backing: Backing, name: ObjectName): Promise<FoundObject & { file: OpenFile }> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const found = await findObject(backing, name);
    const file = await backing.files.open(found.object);
    if (file) return { ...found, file };
  }
  throw new DamagedObjectError('its file is missing in the data folder');
}
