import type { IncomingHttpHeaders } from 'node:http';

/** Verifies the chain of signatures of a body in signed chunks, which starts with the request's signature. */
export interface ChunkSignatures {
  verifyChunk(sha256Hex: string, signature: string): boolean;
  /** `text` is one line `name:value\n` for each trailing header. */
  verifyTrailer(text: string, signature: string): boolean;
}

/** One request whose signature was verified over its headers. Its body is verified when it is read. */
export interface ObjectRequest {
  method: string;
  /** As sent: percent-encoded, with the leading slash. */
  path: string;
  /** As sent, without the question mark. */
  query: string;
  headers: IncomingHttpHeaders;
  /** The Host header, with its port. */
  host: string;
  /** The hash of the payload as it was signed; the header `x-amz-content-sha256` if absent. */
  payloadHash?: string;
  /** Whether the signature was in the URL: then its query may carry `x-amz-` headers, since it signs them. */
  isPresigned?: boolean;
  account: string;
  /** The region of the signature's scope. */
  region: string;
  requestId: string;
  /** Without it, bodies in signed chunks are rejected. */
  chunkVerifier?: ChunkSignatures;
}
