import { createHash, type KeyObject } from 'node:crypto';
import { computeSignature, isSameSignature, type SigningMoment } from './signing-key.ts';

/** The signature of a request's headers and what made it: the first link of the chain over its chunks. */
export interface SignatureSeed extends SigningMoment {
  signature: string;
  signingKey: KeyObject;
}

/** Follows the chain of a body sent as signed chunks; once a link is wrong, every later one is. */
export interface ChunkVerifier {
  /** The next chunk in order, the empty last one too. `chunkSha256Hex` is of the chunk's bytes without its framing. */
  verifyChunk(chunkSha256Hex: string, signature: string): boolean;
  /**
   * The trailing headers after the last chunk, without `x-amz-trailer-signature`: one line `name:value` with a
   * newline for each, names in lower case, in the order of arrival.
   */
  verifyTrailer(trailerText: string, signature: string): boolean;
}

const emptySha256 = createHash('sha256').digest('hex');

/** For STREAMING-AWS4-HMAC-SHA256-PAYLOAD and STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER. */
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
