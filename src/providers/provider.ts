import type { Readable } from 'node:stream';
import type { ActionTypeId, Job, RuleTypeId } from '../contract/generated.ts';
import type { ArchiveLimits } from '../worker/archives/archive-limits.ts';
import type { Log } from '../worker/log.ts';
import type { JobOutcome } from '../worker/loop/job-source.ts';

/** What a provider performs: an action type, or a rule type, whose jobs carry its id in the same place. */
export type ProviderTypeId = ActionTypeId | Required<RuleTypeId>;

/** A built-in provider: the type of the catalogue that it performs, and the work itself. */
export interface Provider {
  actionTypeId: ProviderTypeId;
  /** Performs one job; safe to repeat for the same job id. May throw `JobFailure`. */
  run(job: Job, tools: ProviderTools): Promise<JobOutcome>;
  /** Of a source that can be watched: looks for the current revision, `location` being what names the place. */
  check?(location: Record<string, string>, objects: ProviderObjects): Promise<FoundRevision>;
}

/** What a look at a watched place finds. */
export interface FoundRevision {
  /** Differs when the content may differ. */
  cursor: string;
  /** What an execution can be bound to; absent where the place keeps no versions. */
  revisionId?: string;
}

/** All that a provider may touch. */
export interface ProviderTools {
  objects: ProviderObjects;
  /** How far an artifact may reach when it is unpacked. */
  archiveLimits: ArchiveLimits;
  now(): number;
  log: Log;
  /** Aborted when the worker stops or the job's lease is lost. */
  signal: AbortSignal;
}

/** What is known of an object without its bytes. */
export interface ObjectHead {
  sizeBytes: number;
  /** Without quotes. */
  etag: string;
  /** Undefined in a bucket that never had versioning. */
  versionId?: string;
  contentType?: string;
  /** User metadata, keys in lower case without `x-amz-meta-`. */
  metadata: Record<string, string>;
  lastModifiedAt: number;
}

/** Where and how an object is to be written. */
export interface ObjectWrite {
  bucket: string;
  key: string;
  /** Ends in an error when the content turned out to be broken; then nothing may be stored. */
  body: Readable;
  /** Length of `body` when it is known beforehand. */
  sizeBytes?: number;
  contentType?: string;
  cacheControl?: string;
  metadata?: Record<string, string>;
  serverSideEncryption?: 'aws:kms';
  kmsKeyId?: string;
  cannedAcl?: string;
}

/**
 * The objects a job may reach: its own artifacts by the job's grant, all others under its role, whose policies decide
 * before anything is looked up. Missing buckets, objects and versions are `undefined`; other refusals are errors whose
 * `name` is S3's code (`AccessDenied`, `NoSuchBucket`, …) and whose `httpStatus` is the status of it.
 */
export interface ProviderObjects {
  /** The role these objects are bound to: there is no way to objects without one. */
  readonly roleArn: string;
  /** Takes the right `s3:GetBucketVersioning`. */
  headBucket(bucket: string): Promise<{ versioning?: 'Enabled' | 'Suspended' } | undefined>;
  /** Takes the right `s3:GetObject`, or `s3:GetObjectVersion` when a version is named. */
  headObject(bucket: string, key: string, versionId?: string): Promise<ObjectHead | undefined>;
  /** As `headObject`. The caller reads `body` to its end or destroys it. */
  getObject(bucket: string, key: string, versionId?: string): Promise<(ObjectHead & { body: Readable }) | undefined>;
  /** Takes the right `s3:PutObject`, and with a canned ACL `s3:PutObjectAcl`. */
  putObject(write: ObjectWrite): Promise<{ etag: string; versionId?: string }>;
}
