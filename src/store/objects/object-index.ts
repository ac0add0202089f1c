/**
 * The rows behind the object endpoint: buckets, versions of objects, multipart uploads and their parts. The bytes are
 * files that only `artifacts/` knows; a row names its file by id. Everything here is durable when it resolves; a
 * write for which there is no room is a StorageFullError, and nothing is written.
 */
export interface ObjectIndex {
  /** Makes a bucket; answers the account's bucket of that name if there was one already. */
  createBucket(bucket: Bucket): Promise<{ existing?: Bucket }>;
  findBucket(where: BucketAddress): Promise<Bucket | undefined>;
  /** By name, after `after`, at most `limit`. */
  listBuckets(account: string, page: { prefix: string; after: string; limit: number }): Promise<Bucket[]>;
  /** Of all accounts, by account and name, after `after`, at most `limit`. */
  allBuckets(page: { after: { account: string; name: string }; limit: number }): Promise<Bucket[]>;
  setVersioning(where: BucketAddress, versioning: Versioning): Promise<Refusable>;
  /** Replaces the settings by what `change` makes of them, at once. */
  changeSettings(where: BucketAddress, change: (settings: BucketSettings) => BucketSettings): Promise<Refusable>;
  /** Refuses a bucket that still holds a version or a delete marker; unfinished uploads go with it. */
  deleteBucket(where: BucketAddress): Promise<Refusable<Freed>>;

  /** Adds a version or replaces the one it overwrites, as the bucket's versioning says. */
  putObject(where: BucketAddress, object: NewObject, condition: WriteCondition): Promise<Refusable<Written>>;
  /** The version named, or the latest one, which may be a delete marker. */
  findObject(where: BucketAddress, key: string, versionId?: string): Promise<ObjectVersion | undefined>;
  /** Replaces the tags of the version named, or of the latest one; noSuchKey when it is a delete marker or missing. */
  setObjectTags(where: BucketAddress, key: string, versionId: string | undefined, tags: Tag[]): Promise<Refusable>;
  /** Removes versions or lays delete markers, all in one commit; one outcome for each deletion, in order. */
  deleteObjects(
    where: BucketAddress,
    deletions: Deletion[],
    at: number,
  ): Promise<Refusable<{ outcomes: Refusable<Deleted>[] }>>;
  /** Latest versions that are no delete markers, by the bytes of the key. */
  listObjects(where: BucketAddress, page: { prefix: string; after: string; limit: number }): Promise<ObjectVersion[]>;
  /**
   * All versions and delete markers, by key and then newest first. `afterVersionId` goes on within `afterKey`; when
   * that version is gone the key is told from its start, so that nobody who deletes while listing misses one.
   */
  listVersions(
    where: BucketAddress,
    page: { prefix: string; afterKey: string; afterVersionId?: string; limit: number },
  ): Promise<ObjectVersion[]>;

  createUpload(where: BucketAddress, upload: Upload, grant?: WriteGrantId): Promise<Refusable>;
  findUpload(where: BucketAddress, key: string, uploadId: string): Promise<Upload | undefined>;
  /** By key, then by upload id. */
  listUploads(
    where: BucketAddress,
    page: { prefix: string; afterKey: string; afterUploadId?: string; limit: number },
  ): Promise<Upload[]>;
  /** Adds a part or replaces the one of the same number. */
  putPart(uploadId: string, part: UploadedPart, grant?: WriteGrantId): Promise<Refusable<Freed>>;
  listParts(uploadId: string, page: { afterPartNumber: number; limit: number }): Promise<UploadedPart[]>;
  /** Turns an upload into an object if `parts` still are what was read; all its parts' files are free afterwards. */
  completeUpload(
    where: BucketAddress,
    completion: { uploadId: string; parts: UploadedPart[]; object: NewObject; condition: WriteCondition },
  ): Promise<Refusable<Written>>;
  abortUpload(where: BucketAddress, key: string, uploadId: string): Promise<Refusable<Freed>>;

  /** Which of these files a version or a part refers to. */
  filesInUse(fileIds: string[]): Promise<string[]>;
}

/** Why a write changed nothing. */
export type ObjectRefusal =
  | 'noSuchBucket'
  | 'bucketNotEmpty'
  | 'noSuchKey'
  | 'preconditionFailed'
  | 'noSuchUpload'
  | 'partsChanged'
  | 'grantEnded';

/** A write's result, or the reason why nothing was written. */
export type Refusable<Result = unknown> = ({ refused?: undefined } & Result) | { refused: ObjectRefusal };

/** Files that no row refers to any more. */
export interface Freed {
  freedFileIds: string[];
}

/** `versionId` is absent in a bucket that was never versioned, `null` for the version a suspended bucket overwrites. */
export interface Written extends Freed {
  versionId?: string;
}

export interface Deleted extends Freed {
  /** The version removed, or the delete marker made; absent when the bucket was never versioned. */
  versionId?: string;
  /** Whether a delete marker was made or removed. */
  isDeleteMarker: boolean;
}

export type Versioning = 'Enabled' | 'Suspended';

/** A file of bytes as a row names it. */
export interface StoredFile {
  fileId: string;
  /** Of encrypted bytes: their data key, sealed. */
  sealedKey?: string;
}

export interface Tag {
  key: string;
  value: string;
}

/** What somebody has set on a bucket; null where it was taken away again, which is not always the default. */
export interface BucketSettings {
  tags?: Tag[] | null;
  encryption?: DefaultEncryption | null;
  publicAccessBlock?: Record<string, boolean> | null;
  objectOwnership?: string | null;
  /** JSON text as it was put. */
  policy?: string | null;
  lifecycle?: LifecycleConfiguration | null;
  /** The children of the document, kept as they were put. */
  notification?: Record<string, unknown> | null;
}

/** The rules of a bucket's lifecycle, and the document that says them. */
interface LifecycleConfiguration {
  rules: LifecycleRule[];
  document: Record<string, unknown>;
}

/** One rule that is obeyed. */
export interface LifecycleRule {
  prefix: string;
  /** Only objects that have all of these tags. */
  tags: Tag[];
  /** Bytes; objects of this size or outside of the two are left alone. */
  sizeGreaterThan?: number;
  sizeLessThan?: number;
  /** The current version ends so many days after it was written, or at this instant (ms). */
  expirationDays?: number;
  expirationAt?: number;
  /** Delete markers that no version is left behind go. */
  expiresDeleteMarkers?: boolean;
  /** Other versions go so many days after they ceased to be current, the newest `keepNoncurrent` of them aside. */
  noncurrentDays?: number;
  keepNoncurrent?: number;
  /** Uploads that were begun so many days ago are aborted. */
  abortUploadDays?: number;
}

/** How objects are encrypted whose writers do not say it. */
export interface DefaultEncryption {
  algorithm: string;
  kmsKeyId?: string;
  /** Only told again. */
  isBucketKeyEnabled?: boolean;
}

/** Bucket names are per account. */
export interface BucketAddress {
  account: string;
  bucket: string;
}

export interface Bucket {
  account: string;
  name: string;
  region: string;
  /** Absent until somebody first set it. */
  versioning?: Versioning;
  settings: BucketSettings;
  createdAt: number;
}

/** `value` is base64; a composite one ends in `-<number of parts>`. */
export interface StoredChecksum {
  algorithm: string;
  value: string;
  type: 'COMPOSITE' | 'FULL_OBJECT';
}

/** What is kept with an object only to be told again. */
export interface ObjectAttributes {
  contentType?: string;
  cacheControl?: string;
  contentDisposition?: string;
  contentEncoding?: string;
  contentLanguage?: string;
  expires?: string;
  /** Names in lower case, without `x-amz-meta-`. */
  metadata: Record<string, string>;
  serverSideEncryption?: string;
  kmsKeyId?: string;
  isBucketKeyEnabled?: boolean;
  /** Base64 of JSON, as it was sent. */
  encryptionContext?: string;
  tags?: Tag[];
  checksum?: StoredChecksum;
  /** Of a multipart upload: the upload and, of its parts in order, the sizes in bytes and the checksums in base64. */
  uploadId?: string;
  partSizes?: number[];
  partChecksums?: string[];
}

export interface ObjectVersion {
  key: string;
  /** `null` (the word) for a version made while the bucket was not versioned. */
  versionId: string;
  isLatest: boolean;
  isDeleteMarker: boolean;
  /** Delete markers have none. */
  fileId?: string;
  sealedKey?: string;
  /** Bytes. */
  size: number;
  /** Without quotes. */
  etag: string;
  attributes: ObjectAttributes;
  modifiedAt: number;
}

export interface NewObject extends StoredFile {
  key: string;
  size: number;
  etag: string;
  attributes: ObjectAttributes;
  modifiedAt: number;
  /** The version id it gets if the bucket is versioned. */
  newVersionId: string;
}

/** What must hold for the latest version when a write happens; `ifEtag` may be `*`. */
export interface WriteCondition {
  ifAbsent?: boolean;
  ifEtag?: string;
  grant?: WriteGrantId;
}

/**
 * Names what a caller's right to write lives by, such as a job. Only the store knows what it is: a write under a grant
 * that has ended when it commits is refused as `grantEnded`.
 */
export type WriteGrantId = string;

/** What must hold for a version when it is deleted. */
export interface DeletionCondition extends Pick<WriteCondition, 'ifEtag'> {
  /** Bytes. */
  ifSize?: number;
  /** Whole seconds since the epoch, as HTTP dates have them. */
  ifModifiedSecond?: number;
}

export interface Deletion extends DeletionCondition {
  key: string;
  versionId?: string;
  /** The version id of the delete marker, if one is made. */
  newVersionId: string;
}

export interface Upload {
  uploadId: string;
  key: string;
  attributes: ObjectAttributes;
  checksumAlgorithm?: string;
  checksumType?: StoredChecksum['type'];
  createdAt: number;
}

export interface UploadedPart extends StoredFile {
  partNumber: number;
  size: number;
  /** MD5 in hex. */
  etag: string;
  /** Base64, by the upload's algorithm. */
  checksum?: string;
  modifiedAt: number;
}
