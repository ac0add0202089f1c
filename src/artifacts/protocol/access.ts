import type { WriteGrantId } from '../../store/objects/object-index.ts';
import type { RecordedContent } from './recorded-content.ts';

/** What a right depends on besides the caller. */
interface AccessFacts {
  /** The policy of the bucket, if it has one. */
  policy?: string;
  /** The call's values for conditions of policies, by condition key. */
  values: Record<string, string>;
}

/** A right that a call needs. `bucket` is empty for ListBuckets. */
export interface Right {
  /** IAM's name, such as `s3:GetObject`. */
  action: string;
  bucket: string;
  key?: string;
  facts: AccessFacts;
}

/** What the caller of one request may do. */
export interface Access {
  isAllowed(right: Right): boolean;
  /** Returns the message of AccessDenied. Called only for a denial that the client sees, since it is also logged. */
  denial(right: Right): string;
  /** Checks a policy for a bucket: why it cannot be kept, or whether it would open the bucket to everyone. */
  checkPolicy(text: string, bucket: string): { fault: string } | { isPublic: boolean };
  /** Returns the content the caller gets instead of the newest version, if it is bound to one. */
  contentOf?(bucket: string, key: string): RecordedContent | undefined;
  /** Present if the right to write may end during the request. */
  writeGrant?: WriteGrant;
}

/**
 * What a right to write depends on. The index checks `id` in the transaction that writes the row; an external store has
 * no such transaction, so `isHeld` is called before the store gets the last bytes.
 */
export interface WriteGrant {
  id: WriteGrantId;
  isHeld(): Promise<boolean>;
}
