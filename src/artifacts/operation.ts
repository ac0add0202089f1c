import type { Forward } from './gateway/external-store.ts';
import type { Backing, BucketRows } from './local/backing.ts';
import type { Answer, ObjectCall } from './protocol/call.ts';

/** An operation of S3; throws an S3Error on failure. The caller's right to it has been checked. */
export type ObjectOperation = (call: ObjectCall, backing: Backing) => Promise<Answer>;

/** An operation that only reads its bucket. */
export type BucketOperation = (call: ObjectCall, buckets: BucketRows) => Promise<Answer>;

/** An operation that makes an object or a new version of one. */
export type StoringOperation = 'PutObject' | 'CopyObject' | 'CompleteMultipartUpload';

/** An operation and its IAM action; `versionAction` applies if a version is named. */
export interface Route {
  /** Absent if the operation checks the right to each object itself. */
  action?: string;
  versionAction?: string;
  /** Whether it transfers an object's bytes, which needs memory and an open file for as long as the client takes. */
  isTransfer?: true;
  /** Its name, if its success makes an object or a new version of one. */
  stores?: StoringOperation;
  run: ObjectOperation;
  /** Replaces `run` if the objects are in an external store. */
  forward: Forward;
}
