import { createHash } from 'node:crypto';
import { type ByteReader, createByteReader } from './byte-reader.ts';
import { type Chunks, freeMemory } from './chunks.ts';
import type { ChunkSignatures } from './object-request.ts';
import { S3Error } from './s3-error.ts';

/** Limits: a chunk header is a length and a signature of at most 144 characters; trailers are checksums. */
const maxChunkHeaderBytes = 512;
const maxTrailerLineBytes = 1024;
const maxTrailers = 16;

/** S3 accepts smaller chunks only at the end, since they would be mostly framing. */
const smallChunkBytes = 8192;

/** Some clients send small chunks all the same: this many are accepted, and more if chunks average 1 KiB. */
const allowedSmallChunks = 1000;
const averageChunkBytes = 1024;

/** Small chunks are joined, because each piece costs a write. */
const pieceBytes = 16 * 1024;

/** Chunks decoded before yielding to the event loop, in case the whole body is buffered. */
const chunksPerTurn = 128;

const chunkHeader = /^([0-9a-fA-F]{1,16})(?:;chunk-signature=([0-9a-fA-F]+))?$/;

export interface ChunkedOptions {
  /** Present if the chunks are signed. */
  signatures?: ChunkSignatures;
  /** Whether trailing headers follow the last chunk. */
  hasTrailers: boolean;
  /** Receives the trailing headers, names in lower case, before the generator ends. */
  onTrailers(trailers: Map<string, string>): void;
}

/**
 * Decodes a body of content encoding `aws-chunked` (clients 38): chunks of `size[;chunk-signature=…]` CRLF bytes CRLF,
 * an empty last one, and trailing headers. Throws IncompleteBody for broken framing, SignatureDoesNotMatch for a wrong
 * signature, and InvalidChunkSizeError for a body that is mostly framing. Once a piece has been freed, no piece before it
 * may be used either.
 */
export function decodeAwsChunked(source: AsyncIterable<Buffer>, options: ChunkedOptions): Chunks {
  const reader = createByteReader(source);
  return Object.assign(gather(decodeChunks(reader, options), reader), {
    // Everything that was read is in pieces that have been yielded.
    free: (pieces: Buffer[]) => freeMemory([...pieces, ...reader.takePassed()]),
  });
}

async function* decodeChunks(reader: ByteReader, options: ChunkedOptions): AsyncGenerator<Buffer> {
  let smallChunks = 0;
  let bytes = 0;
  try {
    for (let count = 1; ; count += 1) {
      const size = yield* decodeChunk(reader, options.signatures);
      if (size === 0) break;
      bytes += size;
      if (size < smallChunkBytes) smallChunks += 1;
      if (smallChunks > allowedSmallChunks + bytes / averageChunkBytes) throw tooSmall(count, size);
      if (count % chunksPerTurn === 0) await new Promise((resolve) => setImmediate(resolve));
    }
    await readTrailers(reader, options);
    if (await reader.readSome(1)) throw brokenFraming('bytes follow the last chunk');
  } finally {
    await reader.close();
  }
}

/** Joins small pieces into pieces worth writing. */
async function* gather(source: AsyncIterable<Buffer>, reader: ByteReader): AsyncGenerator<Buffer> {
  let held: Buffer[] = [];
  let heldBytes = 0;
  for await (const piece of source) {
    held.push(piece);
    heldBytes += piece.length;
    if (heldBytes < pieceBytes) continue;
    yield held.length === 1 ? piece : Buffer.concat(held);
    // A consumer that doesn't free may still use them.
    reader.takePassed();
    held = [];
    heldBytes = 0;
  }
  if (heldBytes > 0) yield Buffer.concat(held);
}

/** Yields the bytes of the next chunk and returns their number, 0 for the last chunk. */
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
    // Some clients omit the empty line at the very end; the caller rejects bytes after the trailers.
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
