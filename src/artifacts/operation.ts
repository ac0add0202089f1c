import type { Forward } from './gateway/external-store.ts';
import type { Backing, BucketRows } from './local/backing.ts';
import type { Answer, Call } from './protocol/call.ts';

/** One operation of S3; refuses by throwing an S3Error. The caller's right to it has been checked by the route table. */
export type Operation = (call: Call, backing: Backing) => Promise<Answer>;

/** An operation that only looks at its bucket. */
export type BucketOperation = (call: Call, buckets: BucketRows) => Promise<Answer>;

/** An operation and IAM's name for the right to it; `versionAction` when a version is named. */
export interface Route {
  /** Absent when the operation asks for each object by itself. */
  action?: string;
  versionAction?: string;
  /** Whether it moves the bytes of an object, which takes memory and an open file for as long as the client likes. */
  isTransfer?: true;
  run: Operation;
  /** What is done instead when the objects are in an external store. */
  forward: Forward;
}
