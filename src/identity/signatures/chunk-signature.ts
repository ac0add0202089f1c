import { createHash } from 'node:crypto';
import type { HmacKey } from '../hmac-key.ts';
import { computeSignature, isSameSignature, type SigningMoment } from './signing-key.ts';

/** The signature of a request's headers with its key: the start of the signature chain over its chunks. */
export interface SignatureSeed extends SigningMoment {
  signature: string;
  signingKey: HmacKey;
}

/** Verifies a body of signed chunks; after one invalid signature all later ones are invalid too. */
export interface ChunkVerifier {
  /** Verifies the next chunk, including the empty last one; `chunkSha256Hex` excludes the framing. */
  verifyChunk(chunkSha256Hex: string, signature: string): boolean;
  /**
   * Verifies the trailing headers after the last chunk, without `x-amz-trailer-signature`: for each a line `name:value`
   * with a newline, names in lower case, in their original order.
   */
  verifyTrailer(trailerText: string, signature: string): boolean;
}

const emptySha256 = createHash('sha256').digest('hex');

/** Creates a verifier for STREAMING-AWS4-HMAC-SHA256-PAYLOAD and STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER. */
export function createChunkVerifier(seed: SignatureSeed): ChunkVerifier {
  let previous: string | undefined = seed.signature;
  const verifyLink = (kind: string, hashes: string[], signature: string): boolean => {
    if (previous === undefined) return false;
    const expected = computeSignature(seed.signingKey, kind, seed, [previous, ...hashes]);
    const isRight = isSameSignature(expected, signature);
    previous = isRight ? expected : undefined;
    return isRight;
  };
  return {
    verifyChunk: (chunkSha256Hex, signature) => verifyLink('-PAYLOAD', [emptySha256, chunkSha256Hex], signature),
    verifyTrailer: (trailerText, signature) =>
      verifyLink('-TRAILER', [createHash('sha256').update(trailerText, 'latin1').digest('hex')], signature),
  };
}
