import type { FileHandle } from 'node:fs/promises';
import type { Readable } from 'node:stream';
import type { Bucket, ObjectVersion } from '../store/object-index.ts';
import { type Backing, requireBucket } from './backing.ts';
import type { ByteRange } from './byte-range.ts';
import { refusals, S3Error } from './s3-error.ts';

/** Which object; the latest version unless one is named. */
export interface ObjectName {
  account: string;
  bucket: string;
  key: string;
  versionId?: string;
}

export interface FoundObject {
  object: ObjectVersion & { fileId: string };
  /** What `x-amz-version-id` says; absent in a bucket that was never versioned. */
  versionId?: string;
}

/** Bytes handed over at a time. */
const readBytes = 256 * 1024;

/** How often the latest version may be overwritten between finding its row and opening its file. */
const maxAttempts = 5;

/** The row of an object that has bytes; NoSuchBucket, NoSuchKey, NoSuchVersion, or MethodNotAllowed for a marker. */
export async function findObject(backing: Backing, name: ObjectName): Promise<FoundObject> {
  const { key, versionId } = name;
  const bucket = await requireBucket(backing, name);
  const object = await backing.index.findObject(name, key, versionId);
  if (!object && versionId !== undefined) {
    throw new S3Error('NoSuchVersion', 'The specified version does not exist.', {
      elements: { Key: key, VersionId: versionId },
    });
  }
  if (!object) throw refusals.noSuchKey(key);
  const { fileId } = object;
  if (fileId === undefined) throw markerRefusal(object, versionId);
  return { object: { ...object, fileId }, versionId: toldVersion(bucket, object) };
}

function markerRefusal(marker: ObjectVersion, versionId: string | undefined): S3Error {
  const headers = { 'x-amz-delete-marker': 'true', 'x-amz-version-id': marker.versionId };
  if (versionId === undefined) return refusals.noSuchKey(marker.key, headers);
  return new S3Error('MethodNotAllowed', 'The specified method is not allowed against this resource.', {
    headers: { ...headers, Allow: 'DELETE', 'Last-Modified': new Date(marker.modifiedAt).toUTCString() },
    elements: { ResourceType: 'DeleteMarker' },
  });
}

function toldVersion(bucket: Bucket, object: ObjectVersion): string | undefined {
  return bucket.versioning && object.versionId;
}

/**
 * Finds an object and opens its file, which stays readable however often the object is overwritten afterwards. The
 * caller closes the handle, or makes a stream of it with `streamOf`.
 */
export async function openObject(backing: Backing, name: ObjectName): Promise<FoundObject & { handle: FileHandle }> {
  for (let attempt = 0; attempt < maxAttempts; attempt += 1) {
    const found = await findObject(backing, name);
    const handle = await backing.files.open(found.object.fileId);
    if (handle) return { ...found, handle };
  }
  throw new Error(`The file of ${name.bucket}/${name.key} is missing in the data folder.`);
}

/** The file's bytes, or a range of them; closes the handle at its end. */
export function streamOf(handle: FileHandle, range?: ByteRange): Readable {
  const { first, last } = range ?? {};
  return handle.createReadStream({ start: first, end: last, highWaterMark: readBytes });
}
