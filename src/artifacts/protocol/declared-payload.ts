import type { ObjectCall } from './call.ts';
import { algorithmOfHeader, type ChecksumAlgorithm, decodeBase64, readAlgorithm, readChecksum } from './checksum.ts';
import { refusals, S3Error } from './s3-error.ts';

/** What the headers say about the body. */
export interface DeclaredPayload {
  size?: number;
  framing: Framing;
  sha256Hex?: string;
  md5?: Buffer;
  checksum?: { algorithm: ChecksumAlgorithm; value: string };
  clientAlgorithm?: ChecksumAlgorithm;
}

interface Framing {
  isChunked: boolean;
  isSigned: boolean;
  trailerAlgorithm?: ChecksumAlgorithm;
}

const streamingKinds = new Map([
  ['STREAMING-UNSIGNED-PAYLOAD-TRAILER', { isSigned: false, hasTrailers: true }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD', { isSigned: true, hasTrailers: false }],
  ['STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER', { isSigned: true, hasTrailers: true }],
]);

/** Reads the headers that describe the body; rejects invalid and unsupported ones. */
export function readDeclaredPayload(call: ObjectCall): DeclaredPayload {
  const payloadHash = call.request.payloadHash || call.header('x-amz-content-sha256') || 'UNSIGNED-PAYLOAD';
  const framing = readFraming(call, payloadHash);
  const checksum = readChecksum(call);
  const contentMd5 = call.header('content-md5');
  const md5 = contentMd5 === undefined ? undefined : decodeBase64(contentMd5, 16);
  if (contentMd5 !== undefined && !md5) {
    throw new S3Error('InvalidDigest', 'The Content-MD5 you specified was invalid.', {
      elements: { 'Content-MD5': contentMd5 },
    });
  }
  return {
    size: readSize(call, framing.isChunked ? 'x-amz-decoded-content-length' : 'content-length'),
    framing,
    sha256Hex: /^[0-9a-f]{64}$/i.test(payloadHash) ? payloadHash.toLowerCase() : undefined,
    md5,
    checksum,
    clientAlgorithm:
      checksum?.algorithm ?? framing.trailerAlgorithm ?? readAlgorithm(call, 'x-amz-sdk-checksum-algorithm'),
  };
}

function readFraming(call: ObjectCall, payloadHash: string): Framing {
  const kind = streamingKinds.get(payloadHash);
  if (kind) {
    if (kind.isSigned && !call.request.chunkVerifier) {
      throw new S3Error('SignatureDoesNotMatch', 'The signatures of the chunks cannot be verified for this request.');
    }
    return {
      isChunked: true,
      isSigned: kind.isSigned,
      trailerAlgorithm: kind.hasTrailers ? readTrailerName(call) : undefined,
    };
  }
  if (payloadHash.startsWith('STREAMING-')) {
    throw new S3Error('NotImplemented', `The payload encoding ${payloadHash} is not implemented.`);
  }
  if (payloadHash !== 'UNSIGNED-PAYLOAD' && !/^[0-9a-f]{64}$/i.test(payloadHash)) {
    const supported = [...streamingKinds.keys()].join(', ');
    const message = `x-amz-content-sha256 must be UNSIGNED-PAYLOAD, ${supported} or a valid sha256 value.`;
    throw refusals.invalidArgument('x-amz-content-sha256', payloadHash, message);
  }
  return { isChunked: false, isSigned: false };
}

function readTrailerName(call: ObjectCall): ChecksumAlgorithm {
  const name = call.header('x-amz-trailer') ?? '';
  const algorithm = algorithmOfHeader(name.trim());
  if (algorithm) return algorithm;
  throw new S3Error('InvalidRequest', 'The value specified in the x-amz-trailer header is not supported');
}

function readSize(call: ObjectCall, name: string): number | undefined {
  const text = call.header(name);
  if (text === undefined) return undefined;
  if (!/^\d{1,15}$/.test(text)) throw refusals.invalidArgument(name, text, `${name} must be a number of bytes.`);
  return Number(text);
}
