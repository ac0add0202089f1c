import type { Readable } from 'node:stream';
import type { ObjectAttributes } from '../store/objects/object-index.ts';
import { type Backing, requireBucket } from './local/backing.ts';
import { withEncryption } from './local/default-encryption.ts';
import { type FoundObject, findObject, type ObjectName, openObject } from './local/read-object.ts';
import { removeVersions, type WrittenVersions } from './local/remove-versions.ts';
import { writeObject } from './local/write-object.ts';
import { makeBucket } from './operations/bucket.ts';
import type { WriteGrant } from './protocol/access.ts';
import { checkBucketName } from './protocol/address.ts';
import { checkHeaderText } from './protocol/call.ts';
import { checkMetadataSize } from './protocol/object-headers.ts';
import { openLocalPayload } from './protocol/payload.ts';
import { S3Error } from './protocol/s3-error.ts';

/** An object's attributes. */
export interface ObjectSummary {
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  /** Absent in a bucket that was never versioned. */
  versionId?: string;
  contentType: string;
  /** User metadata, names in lower case without `x-amz-meta-`. */
  metadata: Record<string, string>;
  lastModifiedAt: number;
}

export interface ObjectWrite {
  account: string;
  bucket: string;
  key: string;
  /** If it ends in an error, nothing is stored. */
  body: Readable;
  /** The length of `body`, if known; a different length is rejected as IncompleteBody. */
  sizeBytes?: number;
  contentType?: string;
  cacheControl?: string;
  metadata?: Record<string, string>;
  /** By default the bucket's default encryption. */
  serverSideEncryption?: string;
  kmsKeyId?: string;
  /** Only `private` and `bucket-owner-full-control`, as in a bucket with AWS's default ownership. */
  cannedAcl?: string;
  /** The write is rejected if the grant has ended by then. */
  grant?: WriteGrant;
}

/**
 * In-process access to objects, without any checks of rights. Returns undefined for missing buckets, objects and
 * versions; other errors have S3's code as their `name`.
 */
export interface ObjectStore {
  headBucket(where: {
    account: string;
    bucket: string;
  }): Promise<{ region: string; versioning?: 'Enabled' | 'Suspended' } | undefined>;
  /** Returns the policy of a bucket that is stored here, if it has one. */
  bucketPolicy(where: { account: string; bucket: string }): Promise<string | undefined>;
  headObject(name: ObjectName): Promise<ObjectSummary | undefined>;
  /** The caller must read `body` to the end or destroy it. */
  getObject(name: ObjectName): Promise<(ObjectSummary & { body: Readable }) | undefined>;
  putObject(write: ObjectWrite): Promise<{ etag: string; versionId?: string }>;
  createBucket(bucket: { account: string; bucket: string; region: string }): Promise<void>;
  /** Permanently removes the versions of a key that were written in a period; does nothing if there are none. */
  removeVersions(versions: WrittenVersions): Promise<void>;
}

/** Creates the access to local objects, with the same code as the endpoint. */
export function createObjectStore(backing: Backing): ObjectStore {
  return {
    headBucket: async (where) => {
      const bucket = await backing.index.findBucket(where);
      return bucket && { region: bucket.region, versioning: bucket.versioning };
    },
    bucketPolicy: async (where) => (await backing.index.findBucket(where))?.settings.policy ?? undefined,
    headObject: (name) => unlessObjectMissing(name, async () => summaryOf(await findObject(backing, name))),
    getObject: (name) =>
      unlessObjectMissing(name, async () => {
        const { file, ...found } = await openObject(backing, name);
        try {
          return { ...summaryOf(found), body: await file.stream() };
        } catch (error) {
          await file.close();
          throw error;
        }
      }),
    putObject: async (write) => {
      const bucket = await requireBucket(backing, write);
      const attributes = withEncryption(attributesOf(write), bucket);
      const payload = openLocalPayload(ofLength(write.body, write.sizeBytes));
      const { etag, versionId } = await writeObject(backing, write, {
        payload,
        attributes,
        condition: { grant: write.grant?.id },
      });
      return { etag, versionId };
    },
    createBucket: async (bucket) => {
      checkBucketName(bucket.bucket);
      await makeBucket(backing, bucket);
    },
    removeVersions: (versions) => removeVersions(backing, versions),
  };
}

function summaryOf({ object, versionId }: FoundObject): ObjectSummary {
  return {
    sizeBytes: object.size,
    etag: object.etag,
    versionId,
    contentType: object.attributes.contentType ?? 'binary/octet-stream',
    metadata: object.attributes.metadata,
    lastModifiedAt: object.modifiedAt,
  };
}

const missing = new Set(['NoSuchBucket', 'NoSuchKey', 'NoSuchVersion', 'NoSuchUpload']);

/** Returns the result of `find`; undefined if it fails because something is missing. */
export async function unlessMissing<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof Error && missing.has(error.name)) return undefined;
    throw error;
  }
}

/** Does the same for an object, except that a missing recorded version remains an error. */
export function unlessObjectMissing<Found>(
  { recorded }: ObjectName,
  find: () => Promise<Found>,
): Promise<Found | undefined> {
  return recorded === undefined || recorded === 'missing' ? unlessMissing(find) : find();
}

/** Yields the bytes of `body`; throws IncompleteBody at the end if there are not `sizeBytes`. */
export async function* ofLength(body: Readable, sizeBytes: number | undefined): AsyncGenerator<Buffer> {
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer | string>) {
    const bytes = Buffer.from(chunk);
    size += bytes.length;
    yield bytes;
  }
  if (sizeBytes !== undefined && size !== sizeBytes) {
    throw new S3Error('IncompleteBody', `The body has ${size} bytes instead of ${sizeBytes}.`);
  }
}

/** Returns the attributes of a write; rejects what S3 would reject. */
export function attributesOf(write: ObjectWrite): ObjectAttributes {
  const { contentType, cacheControl, metadata = {}, serverSideEncryption, kmsKeyId, cannedAcl = 'private' } = write;
  if (cannedAcl !== 'private' && cannedAcl !== 'bucket-owner-full-control') {
    throw new S3Error('AccessControlListNotSupported', 'The bucket does not allow ACLs');
  }
  const entries = Object.entries(metadata).map(([name, value]) => [name.toLowerCase(), value] as const);
  checkMetadataSize(entries);
  for (const [name, value] of entries) checkHeaderText(name, value);
  checkHeaderText('content-type', contentType ?? '');
  checkHeaderText('cache-control', cacheControl ?? '');
  checkHeaderText('x-amz-server-side-encryption-aws-kms-key-id', kmsKeyId ?? '');
  return { contentType, cacheControl, metadata: Object.fromEntries(entries), serverSideEncryption, kmsKeyId };
}
