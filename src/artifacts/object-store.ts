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

/** What is known of an object without its bytes. */
export interface ObjectSummary {
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  /** Undefined in a bucket that was never versioned. */
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
  /** Nothing is stored when it ends in an error. */
  body: Readable;
  /** The length of `body`, if it is known; another length is IncompleteBody. */
  sizeBytes?: number;
  contentType?: string;
  cacheControl?: string;
  metadata?: Record<string, string>;
  /** As the bucket's default says, when absent. */
  serverSideEncryption?: string;
  kmsKeyId?: string;
  /** Only `private` and `bucket-owner-full-control`, as in a bucket with AWS's default ownership. */
  cannedAcl?: string;
  /** The write comes to nothing when this has ended by then. */
  grant?: WriteGrant;
}

/**
 * Objects for users in this process, who have been allowed already. Missing buckets, objects and versions are
 * undefined; other refusals are errors whose `name` is S3's code.
 */
export interface ObjectStore {
  headBucket(where: {
    account: string;
    bucket: string;
  }): Promise<{ region: string; versioning?: 'Enabled' | 'Suspended' } | undefined>;
  /** The policy of a bucket that is kept here, if it has one. */
  bucketPolicy(where: { account: string; bucket: string }): Promise<string | undefined>;
  headObject(name: ObjectName): Promise<ObjectSummary | undefined>;
  /** The caller reads `body` to its end or destroys it. */
  getObject(name: ObjectName): Promise<(ObjectSummary & { body: Readable }) | undefined>;
  putObject(write: ObjectWrite): Promise<{ etag: string; versionId?: string }>;
  createBucket(bucket: { account: string; bucket: string; region: string }): Promise<void>;
  /** Removes for good what was written to a key within a time, and nothing else; a missing object is no error. */
  removeVersions(versions: WrittenVersions): Promise<void>;
}

/** The same code as behind the endpoint, without requests. */
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

/** What `find` finds; undefined when it is refused because there is no such thing. */
export async function unlessMissing<Found>(find: () => Promise<Found>): Promise<Found | undefined> {
  try {
    return await find();
  } catch (error) {
    if (error instanceof Error && missing.has(error.name)) return undefined;
    throw error;
  }
}

/** The same for an object; that something was recorded and is gone is an error whose message says so. */
export function unlessObjectMissing<Found>(
  { recorded }: ObjectName,
  find: () => Promise<Found>,
): Promise<Found | undefined> {
  return recorded === undefined || recorded === 'missing' ? unlessMissing(find) : find();
}

/** The bytes of `body`; IncompleteBody at the end when they are not `sizeBytes`. */
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

/** What a write wants to be kept with its object, if S3 would take it. */
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
