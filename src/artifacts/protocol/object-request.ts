import type { IncomingHttpHeaders } from 'node:http';
import type { Readable } from 'node:stream';
import type { RecordedContent } from './recorded-content.ts';
import type { WriteGrant } from './write-grant.ts';

/** Follows the chain of signatures over a body sent as signed chunks; the http room makes it from the request's own. */
export interface ChunkSignatures {
  verifyChunk(sha256Hex: string, signature: string): boolean;
  /** `text` is one line `name:value\n` for each trailing header. */
  verifyTrailer(text: string, signature: string): boolean;
}

/** What else counts when the right to a call is judged. */
export interface AccessFacts {
  /** The policy of the bucket, if it has one. */
  policy?: string;
  /** What the call says that conditions of policies look at, by the names of the condition keys. */
  values: Record<string, string>;
}

/**
 * One request whose signature has been verified over its headers. That the body is what those headers promise is
 * verified here.
 */
export interface ObjectRequest {
  method: string;
  /** As sent: percent-encoded, with the leading slash. */
  path: string;
  /** As sent, without the question mark. */
  query: string;
  headers: IncomingHttpHeaders;
  /** The Host header, with its port. */
  host: string;
  /**
   * First touched when the bytes are wanted, so that a getter can send `100 Continue`. After a refusal it is touched
   * only if the client did not ask for that, or was told to go on before.
   */
  readonly body: Readable;
  /** The hash of the payload as it was signed; the header `x-amz-content-sha256` when absent. */
  payloadHash?: string;
  /** Whether the signature was in the URL: then its query may carry `x-amz-` headers, for it signs them. */
  isPresigned?: boolean;
  account: string;
  /** The region of the signature's scope. */
  region: string;
  requestId: string;
  /**
   * Asked with IAM's action name before anything else is looked at, but for the policy of the bucket and what
   * `learnRights` looks up; `bucket` is empty for ListBuckets.
   */
  isAllowed(action: string, bucket: string, key?: string, facts?: AccessFacts): boolean;
  /** Looks up what the caller's rights to this object depend on besides the signature; awaited before `isAllowed`. */
  learnRights?(bucket: string, key: string): Promise<void>;
  /** What of an object the caller gets in place of the newest version; undefined when that is what it gets. */
  contentOf?(bucket: string, key: string): RecordedContent | undefined;
  /** Present when the right to write may end while the request is under way. */
  writeGrant?: WriteGrant;
  /** The message of AccessDenied; asked for only when that is answered, as it is what the log tells. */
  denial(action: string, bucket: string, key?: string, facts?: AccessFacts): string;
  /** Checks a policy for a bucket: why it cannot be kept, or whether it would open the bucket to everyone. */
  checkPolicy(text: string, bucket: string): { fault: string } | { isPublic: boolean };
  /** Told the code of a refusal before it is answered; the answer to HEAD carries none. */
  onRefusal?(code: string, systemError: string | undefined): void;
  /** Resolves when the bytes of one more object may be moved for this caller; rejects with an S3Error. */
  beginTransfer?(): Promise<void>;
  /** Calls the listener when the answer has been sent or the client has gone. */
  whenOver?(listener: () => void): void;
  /** Without it bodies in signed chunks are refused. */
  chunkVerifier?: ChunkSignatures;
}
