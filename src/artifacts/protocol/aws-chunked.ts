import { createHash } from 'node:crypto';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import type { ChunkSignatures } from './object-request.ts';
import { S3Error } from './s3-error.ts';

/** A chunk's header is a length and a signature of at most 144 characters; trailers hold checksums. */
const maxChunkHeaderBytes = 512;
const maxTrailerLineBytes = 1024;
const maxTrailers = 16;

/** Smaller ones S3 takes only as the last: a client that sends them makes far more framing than content. */
const smallChunkBytes = 8192;

/**
 * Streams of some clients come in small pieces all the same: so many are taken, and beyond them as many as keep an average
 * of 1 KiB.
 */
const smallChunksAnyway = 1000;
const averageChunkBytes = 1024;

/** Small pieces are put together: each piece of an object is a write. */
const pieceBytes = 16 * 1024;

/** Chunks of a body that is here already are read so many at a time, before others have a turn. */
const chunksPerTurn = 128;

const chunkHeader = /^([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-fA-F]+))?$/;

export interface ChunkedOptions {
  /** Given when the chunks are signed. */
  signatures?: ChunkSignatures;
  /** Whether trailing headers follow the last chunk. */
  hasTrailers: boolean;
  /** Told the trailing headers, names in lower case, before the last byte is taken as good. */
  onTrailers(trailers: Map<string, string>): void;
}

/**
 * Takes the framing off a body of content encoding `aws-chunked` (clients 38): chunks of `size[;chunk-signature=…]`
 * CRLF bytes CRLF, an empty last one, and trailing headers. Broken framing is IncompleteBody, a wrong signature
 * SignatureDoesNotMatch, and a body that is mostly framing InvalidChunkSizeError.
 */
export function decodeAwsChunked(source: AsyncIterable<Buffer>, options: ChunkedOptions): AsyncGenerator<Buffer> {
  return gather(decodeChunks(source, options));
}

async function* decodeChunks(source: AsyncIterable<Buffer>, options: ChunkedOptions): AsyncGenerator<Buffer> {
  const reader = createByteReader(source);
  let smallChunks = 0;
  let bytes = 0;
  try {
    for (let count = 1; ; count += 1) {
      const size = yield* decodeChunk(reader, options.signatures);
      if (size === 0) break;
      bytes += size;
      if (size < smallChunkBytes) smallChunks += 1;
      if (smallChunks > smallChunksAnyway + bytes / averageChunkBytes) throw tooSmall(count, size);
      if (count % chunksPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await readTrailers(reader, options);
    if (await reader.readSome(1)) throw brokenFraming('bytes follow the last chunk');
  } finally {
    await reader.close();
  }
}

/** The same bytes in pieces that are worth writing. */
async function* gather(source: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const piece of source) {
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes < pieceBytes) continue;
    yield held.length === 1 ? piece : Buffer.concat(held);
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

/** Yields the bytes of the next chunk and returns their number; the empty one is the last. */
async function* decodeChunk(reader: ByteReader, signatures?: ChunkSignatures): AsyncGenerator<Buffer, number> {
  const line = await reader.readLine(maxChunkHeaderBytes);
  const [, sizeHex, signature] = (line === undefined ? undefined : chunkHeader.exec(line)) ?? [];
  if (sizeHex === undefined) throw brokenFraming('a chunk has no header');
  const size = Number.parseInt(sizeHex, 16);
  const hash = signatures && createHash('sha256');
  for (let left = size; left > 0; ) {
    const bytes = await reader.readSome(left);
    if (!bytes) throw brokenFraming('a chunk ends early');
    left -= bytes.length;
    hash?.update(bytes);
    yield bytes;
  }
  if (size > 0 && (await reader.readLine(0)) !== '') throw brokenFraming('a chunk is longer than its header says');
  if (hash && !signatures?.verifyChunk(hash.digest('hex'), signature ?? '')) throw wrongSignature();
  return size;
}

const signatureName = 'x-amz-trailer-signature';

async function readTrailers(
  reader: ByteReader,
  { signatures, hasTrailers, onTrailers }: ChunkedOptions,
): Promise<void> {
  const trailers = new Map<string, string>();
  let signedText = '';
  let signature: string | undefined;
  for (let count = 0; ; count += 1) {
    const line = await reader.readLine(maxTrailerLineBytes);
    // Some clients leave out the empty line at the very end; bytes after a broken one are refused by the caller.
    if (line === undefined || line === '') break;
    const colon = line.indexOf(':');
    if (!hasTrailers || colon < 1 || count >= maxTrailers) throw malformedTrailer();
    const name = line.slice(0, colon).trim().toLowerCase();
    const value = line.slice(colon + 1).trim();
    if (trailers.has(name) || (name === signatureName && signature !== undefined)) throw malformedTrailer();
    if (name === signatureName) {
      signature = value;
    } else {
      trailers.set(name, value);
      signedText += `${name}:${value}\n`;
    }
  }
  if (signatures && hasTrailers && !signatures.verifyTrailer(signedText, signature ?? '')) throw wrongSignature();
  onTrailers(trailers);
}

function brokenFraming(what: string): S3Error {
  return new S3Error('IncompleteBody', `The request body terminated unexpectedly: ${what}`);
}

function tooSmall(chunk: number, size: number): S3Error {
  return new S3Error(
    'InvalidChunkSizeError',
    `Only the last chunk is allowed to have a size less than ${smallChunkBytes} bytes`,
    { elements: { Chunk: chunk, BadChunkSize: size } },
  );
}

function malformedTrailer(): S3Error {
  return new S3Error(
    'MalformedTrailerError',
    'The request contained trailing data that was not well-formed or did not conform to our published schema.',
  );
}

function wrongSignature(): S3Error {
  return new S3Error(
    'SignatureDoesNotMatch',
    'The request signature we calculated does not match the signature you provided. Check your key and signing method.',
  );
}
