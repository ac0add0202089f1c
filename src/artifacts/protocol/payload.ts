import { createHash } from 'node:crypto';
import type { Readable } from 'node:stream';
import { decodeAwsChunked } from './aws-chunked.ts';
import type { Call } from './call.ts';
import {
  algorithmOfHeader,
  type ChecksumAlgorithm,
  checkChecksumForm,
  checksumText,
  createRunningChecksum,
  wrongChecksum,
} from './checksum.ts';
import { type PayloadPromises, readPromises } from './declared-payload.ts';
import { ClientGoneError, S3Error } from './s3-error.ts';

/** Bytes on their way in. */
export interface Payload {
  /** Can be read once; throws at the end when the bytes are not what the request promised. */
  chunks: AsyncIterable<Buffer>;
  /** Known once `chunks` has ended. */
  digests(): PayloadDigests;
}

export interface PayloadDigests {
  size: number;
  /** Hex. */
  md5: string;
  /** Base64, by algorithm: the one the request gave or asked for, and those asked for when the payload was opened. */
  checksums: Map<ChecksumAlgorithm, string>;
  /** The algorithm the client used. */
  clientAlgorithm?: ChecksumAlgorithm;
}

/** The largest body of one request. */
export const maxPayloadBytes = 5 * 1024 ** 3;

/** A document of settings. */
const maxSmallBytes = 256 * 1024;

/** A list of 1,000 keys or of 10,000 parts with their checksums. */
export const maxListBytes = 3 * 1024 * 1024;

/**
 * Prepares to read a body: refuses what its headers already show to be wrong, without touching a byte. A body of an
 * object must say its length, as S3 wants it; `algorithms` are computed in any case.
 */
export function openPayload(call: Call, algorithms: ChecksumAlgorithm[] = []): Payload {
  const promises = readPromises(call);
  if (promises.size === undefined) {
    throw new S3Error('MissingContentLength', 'You must provide the Content-Length HTTP header.');
  }
  if (promises.size > maxPayloadBytes) {
    throw new S3Error('EntityTooLarge', 'Your proposed upload exceeds the maximum allowed size', {
      elements: { ProposedSize: promises.size, MaxSizeAllowed: maxPayloadBytes },
    });
  }
  return openPromised(call, promises, algorithms);
}

/**
 * Reads a whole small body (XML) as text; longer than `maxBytes` is MaxMessageLengthExceeded. `checksum` says what the
 * checksum headers speak of: on CompleteMultipartUpload that is the object.
 */
export async function readSmallPayload(
  call: Call,
  checksum: 'of the body' | 'of the object',
  maxBytes = maxSmallBytes,
): Promise<string> {
  const { checksum: given, ...others } = readPromises(call);
  const promises = checksum === 'of the body' ? { ...others, checksum: given } : others;
  const tooLong = () =>
    new S3Error('MaxMessageLengthExceeded', 'Your request was too big.', {
      elements: { MaxMessageLengthBytes: maxBytes },
    });
  if ((promises.size ?? 0) > maxBytes) throw tooLong();
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of openPromised(call, promises, []).chunks) {
    length += chunk.length;
    if (length > maxBytes) throw tooLong();
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** Bytes from within the process, which promise nothing. */
export function openLocalPayload(chunks: AsyncIterable<Buffer>, algorithms: ChecksumAlgorithm[] = []): Payload {
  return digesting(chunks, algorithms, {});
}

function openPromised(call: Call, promises: PayloadPromises, algorithms: ChecksumAlgorithm[]): Payload {
  const { framing, clientAlgorithm, checksum } = promises;
  if (checksum) checkChecksumForm(checksum.algorithm, checksum.value);
  const trailers = new Map<string, string>();
  const expectation = { ...promises, trailers };
  const wanted = clientAlgorithm ? [clientAlgorithm, ...algorithms] : algorithms;
  if (!framing.isChunked) return digesting(bytesOf(call.openBody), wanted, expectation);
  const decoded = decodeAwsChunked(bytesOf(call.openBody), {
    signatures: framing.isSigned ? call.request.chunkVerifier : undefined,
    hasTrailers: framing.trailerAlgorithm !== undefined,
    onTrailers: (sent) => {
      for (const [name, value] of sent) trailers.set(name, value);
    },
  });
  return digesting(decoded, wanted, expectation);
}

/** The body's bytes; leaves the stream open when the reader stops early, because an answer has to go out on it. */
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
  expected: Partial<PayloadPromises> & { trailers?: Map<string, string> },
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
  expected: Partial<PayloadPromises> & { trailers?: Map<string, string>; sentSha256Hex?: string },
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
