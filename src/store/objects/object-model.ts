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

/** The settings of a bucket; null if one was removed, which isn't always the default. */
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

/** The rules of a bucket's lifecycle, and the document they come from. */
interface LifecycleConfiguration {
  rules: LifecycleRule[];
  document: Record<string, unknown>;
}

/** A supported rule. */
export interface LifecycleRule {
  prefix: string;
  /** Only objects that have all of these tags. */
  tags: Tag[];
  /** Bytes, exclusive: the rule applies only to objects between the two sizes. */
  sizeGreaterThan?: number;
  sizeLessThan?: number;
  /** The current version expires this many days after it was written, or at this instant (ms). */
  expirationDays?: number;
  expirationAt?: number;
  /** Whether delete markers without older versions are removed. */
  expiresDeleteMarkers?: boolean;
  /** Noncurrent versions are removed after this many days, except the newest `keepNoncurrent`. */
  noncurrentDays?: number;
  keepNoncurrent?: number;
  /** Uploads started this many days ago are aborted. */
  abortUploadDays?: number;
}

/** How objects are encrypted if the request doesn't say. */
export interface DefaultEncryption {
  algorithm: string;
  kmsKeyId?: string;
  /** Stored and returned; otherwise unused. */
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
  /** Absent until it is first set. */
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

/** Stored with an object and returned; otherwise unused. */
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
  /** The version id if the bucket is versioned. */
  newVersionId: string;
}

/** What must be true for the latest version when it is written; `ifEtag` may be `*`. */
export interface WriteCondition {
  ifAbsent?: boolean;
  ifEtag?: string;
  grant?: WriteGrantId;
}

/**
 * Identifies what a caller's permission to write depends on, such as a job. Only the store interprets it: a write is
 * refused as `grantEnded` if its grant has ended by the commit.
 */
export type WriteGrantId = string;

/** What must be true for a version when it is deleted. */
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
