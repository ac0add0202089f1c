import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { decodeAwsChunked } from './aws-chunked.ts';
import type { ObjectCall } from './call.ts';
import {
  algorithmOfHeader,
  type ChecksumAlgorithm,
  checkChecksumForm,
  checksumText,
  createRunningChecksum,
  wrongChecksum,
} from './checksum.ts';
import { type Chunks, freeMemory } from './chunks.ts';
import { type DeclaredPayload, readDeclaredPayload } from './declared-payload.ts';
import { ClientGoneError, S3Error } from './s3-error.ts';

/** A body that is being received. */
export interface Payload {
  /** Can be read once; throws at the end if the bytes are not what the headers declared. */
  chunks: Chunks;
  /** Known once `chunks` has ended. */
  digests(): PayloadDigests;
}

export interface PayloadDigests {
  size: number;
  /** Hex. */
  md5: string;
  /** Base64, by algorithm: the client's, and those passed when the payload was opened. */
  checksums: Map<ChecksumAlgorithm, string>;
  /** The algorithm the client used. */
  clientAlgorithm?: ChecksumAlgorithm;
}

/** The largest body of one request. */
export const maxPayloadBytes = 5 * 1024 ** 3;

/** For a document of settings. */
const maxSmallBytes = 256 * 1024;

/** For a list of 1,000 keys, or of 10,000 parts with their checksums. */
export const maxListBytes = 3 * 1024 * 1024;

/**
 * Prepares to read an object's body. Rejects invalid headers before reading any byte; S3 requires the length. Computes
 * the checksums of `algorithms` in any case.
 */
export function openPayload(call: ObjectCall, algorithms: ChecksumAlgorithm[] = []): Payload {
  const declared = readDeclaredPayload(call);
  if (declared.size === undefined) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (declared.size > maxPayloadBytes) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      elements: { ProposedSize: declared.size, MaxSizeAllowed: maxPayloadBytes },
    });
  }
  return openDeclared(call, declared, algorithms);
}

/**
 * Reads a small body (XML) as text; throws MaxMessageLengthExceeded beyond `maxBytes`. `checksum` says what the checksum
 * headers describe: with CompleteMultipartUpload it is the object.
 */
export async function readSmallPayload(
  call: ObjectCall,
  checksum: 'of the body' | 'of the object',
  maxBytes = maxSmallBytes,
): Promise<string> {
  const { checksum: given, ...others } = readDeclaredPayload(call);
  const declared = checksum === 'of the body' ? { ...others, checksum: given } : others;
  const tooLong = () =>
    new S3Error('MaxMessageLengthExceeded', 'Your request was too big.', {
      elements: { MaxMessageLengthBytes: maxBytes },
    });
  if ((declared.size ?? 0) > maxBytes) throw tooLong();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of openDeclared(call, declared, []).chunks) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Wraps bytes from this process, which have no headers to check. */
export function openLocalPayload(chunks: AsyncIterable<Buffer>, algorithms: ChecksumAlgorithm[] = []): Payload {
  return digesting(chunks, algorithms, {});
}

function openDeclared(call: ObjectCall, declared: DeclaredPayload, algorithms: ChecksumAlgorithm[]): Payload {
  const { framing, clientAlgorithm, checksum } = declared;
  if (checksum) checkChecksumForm(checksum.algorithm, checksum.value);
  const trailers = new Map<string, string>();
  const expected = { ...declared, trailers };
  const wanted = clientAlgorithm ? [clientAlgorithm, ...algorithms] : algorithms;
  if (!framing.isChunked) return freeing(digesting(bytesOf(call.openBody), wanted, expected), freeMemory);
  const decoded = decodeAwsChunked(bytesOf(call.openBody), {
    signatures: framing.isSigned ? call.request.chunkVerifier : undefined,
    hasTrailers: framing.trailerAlgorithm !== undefined,
    onTrailers: (sent) => {
      for (const [name, value] of sent) trailers.set(name, value);
    },
  });
  return freeing(digesting(decoded, wanted, expected), decoded.free);
}

function freeing(payload: Payload, free: Chunks['free']): Payload {
  return { ...payload, chunks: Object.assign(payload.chunks, { free }) };
}

/** Reads the body; leaves the stream open if the reader stops early, because a response must still be sent on it. */
async function* bytesOf(openBody: () => Readable): AsyncGenerator<Buffer> {
  const bytes = openBody().iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Buffer>;
  try {
    yield* bytes;
  } catch (error) {
    throw new ClientGoneError(error);
  }
}

function digesting(
  source: AsyncIterable<Buffer>,
  algorithms: ChecksumAlgorithm[],
  expected: Partial<DeclaredPayload> & { trailers?: Map<string, string> },
): Payload {
  const md5 = createHash('md5');
  const sha256 = expected.sha256Hex === undefined ? undefined : createHash('sha256');
  const running = new Map([...new Set(algorithms)].map((name) => [name, createRunningChecksum(name)]));
  const checksums = new Map<ChecksumAlgorithm, string>();
  let size = 0;
  let md5Hex = '';

  async function* pass(): AsyncGenerator<Buffer> {
    for await (const chunk of source) {
      size += chunk.length;
      if (size > (expected.size ?? Number.POSITIVE_INFINITY)) throw wrongLength();
      md5.update(chunk);
      sha256?.update(chunk);
      for (const checksum of running.values()) checksum.update(chunk);
      yield chunk;
    }
    md5Hex = md5.digest('hex');
    for (const [name, checksum] of running) checksums.set(name, await checksumText(checksum));
    verify({ ...expected, sentSha256Hex: sha256?.digest('hex') }, { size, md5: md5Hex, checksums });
  }

  return {
    chunks: pass(),
    digests: () => ({ size, md5: md5Hex, checksums, clientAlgorithm: expected.clientAlgorithm }),
  };
}

function verify(
  expected: Partial<DeclaredPayload> & { trailers?: Map<string, string>; sentSha256Hex?: string },
  actual: PayloadDigests,
): void {
  if (expected.size !== undefined && expected.size !== actual.size) throw wrongLength();
  if (expected.sha256Hex !== undefined && expected.sha256Hex !== expected.sentSha256Hex) {
    throw new S3Error(
      'XAmzContentSHA256Mismatch',
      "The provided 'x-amz-content-sha256' header does not match what was computed.",
      {
        elements: {
          ClientComputedContentSHA256: expected.sha256Hex,
          S3ComputedContentSHA256: expected.sentSha256Hex ?? '',
        },
      },
    );
  }
  if (expected.md5 && expected.md5.toString('hex') !== actual.md5) {
    throw new S3Error('BadDigest', 'The Content-MD5 you specified did not match what we received.');
  }
  const { checksum, framing } = expected;
  if (checksum && actual.checksums.get(checksum.algorithm) !== checksum.value) throw wrongChecksum(checksum.algorithm);
  for (const [name, value] of expected.trailers ?? []) {
    const algorithm = algorithmOfHeader(name);
    if (!algorithm || algorithm !== framing?.trailerAlgorithm) throw missingTrailer();
    checkChecksumForm(algorithm, value);
    if (actual.checksums.get(algorithm) !== value) throw wrongChecksum(algorithm);
  }
  if (framing?.trailerAlgorithm && expected.trailers?.size === 0) throw missingTrailer();
}

function wrongLength(): S3Error {
  return new S3Error(
    'IncompleteBody',
    'You did not provide the number of bytes specified by the Content-Length HTTP header',
  );
}

function missingTrailer(): S3Error {
  return new S3Error('MalformedTrailerError', 'The trailing headers are not those that x-amz-trailer announced.');
}
