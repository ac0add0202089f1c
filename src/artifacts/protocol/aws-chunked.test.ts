import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { decodeAwsChunked } from './aws-chunked.ts';

interface Decoded {
  text: string;
  trailers: Record<string, string>;
}

/** Decodes a body that arrives in pieces of `pieceBytes`. */
async function decode(
  body: string,
  {
    pieceBytes = 1000,
    hasTrailers = true,
    isSigned = false,
  }: { pieceBytes?: number; hasTrailers?: boolean; isSigned?: boolean } = {},
): Promise<Decoded> {
  const bytes = Buffer.from(body, 'latin1');
  async function* pieces() {
    for (let start = 0; start < bytes.length; start += pieceBytes) yield bytes.subarray(start, start + pieceBytes);
  }
  let trailers: Record<string, string> = {};
  const chunks: Buffer[] = [];
  const options = {
    hasTrailers,
    signatures: isSigned ? { verifyChunk: isHashItself, verifyTrailer: isHashOfText } : undefined,
    onTrailers: (sent: Map<string, string>) => {
      trailers = Object.fromEntries(sent);
    },
  };
  for await (const chunk of decodeAwsChunked(pieces(), options)) chunks.push(chunk);
  return { text: Buffer.concat(chunks).toString('latin1'), trailers };
}

// Replaces the chain of signatures: here a chunk is signed with its own hash.
const isHashItself = (sha256Hex: string, signature: string) => sha256Hex === signature;
const isHashOfText = (text: string, signature: string) => sha256(text) === signature;
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const signed = (text: string) => `${text.length.toString(16)};chunk-signature=${sha256(text)}\r\n${text}`;

const body = 'a\r\n0123456789\r\n3\r\n\r\n!\r\n0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n';

test.each([1, 2, 3, 5, 7, 1000])('decodes a body that arrives in pieces of %i bytes', async (pieceBytes) => {
  expect(await decode(body, { pieceBytes })).toEqual({
    text: '0123456789\r\n!',
    trailers: { 'x-amz-checksum-crc32': 'AAAAAA==' },
  });
});

test('the final empty line may be missing', async () => {
  expect((await decode('1\r\nx\r\n0\r\n', { hasTrailers: false })).text).toBe('x');
  expect((await decode(body.slice(0, -2))).trailers).toEqual({ 'x-amz-checksum-crc32': 'AAAAAA==' });
});

test.each([
  ['no header', ''],
  ['a header that is not a number', 'xyz\r\nabc\r\n0\r\n\r\n'],
  ['a header without end', 'f'.repeat(2000)],
  ['a negative length', '-1\r\n\r\n0\r\n\r\n'],
  ['too few bytes', '5\r\nabc'],
  ['too many bytes', '2\r\nabc\r\n0\r\n\r\n'],
  ['no last chunk', '3\r\nabc\r\n'],
  ['bytes after the end', '0\r\n\r\nmore'],
  ['half a trailer', '0\r\nx-amz-checksum-crc32:AAA'],
])('%s is an incomplete body', async (_name, broken) => {
  await expect(decode(broken)).rejects.toMatchObject({ code: 'IncompleteBody' });
});

test.each([
  ['a line that is not a header', '0\r\nnonsense\r\n\r\n', true],
  ['an unannounced trailer', '0\r\nx-amz-checksum-crc32:AAAAAA==\r\n\r\n', false],
  ['too many trailers', `0\r\n${'a:b\r\n'.repeat(17)}\r\n`, true],
])('%s is a malformed trailer', async (_name, broken, hasTrailers) => {
  await expect(decode(broken, { hasTrailers })).rejects.toMatchObject({ code: 'MalformedTrailerError' });
});

test('every chunk and the trailers need a valid signature', async () => {
  const trailer = 'x-amz-checksum-crc32:AAAAAA==\n';
  const signedBody = (first: string, trailerText: string) =>
    `${signed(first)}\r\n${signed('')}x-amz-checksum-crc32:AAAAAA==\r\nx-amz-trailer-signature:${sha256(trailerText)}\r\n\r\n`;
  const right = signedBody('hello', trailer);
  expect((await decode(right, { isSigned: true, pieceBytes: 3 })).text).toBe('hello');
  const wrongs = [
    right.replace('\r\nhello', '\r\nhallo'),
    signedBody('hello', 'other'),
    right.replace(/;chunk-signature=\w+/, ''),
    right.replace(/x-amz-trailer-signature:\w+\r\n/, ''),
  ];
  for (const wrong of wrongs) {
    await expect(decode(wrong, { isSigned: true })).rejects.toMatchObject({ code: 'SignatureDoesNotMatch' });
  }
});

test('small chunks are joined into pieces worth writing', async () => {
  const bytes = Buffer.from(`${`400\r\n${'x'.repeat(1024)}\r\n`.repeat(200)}0\r\n\r\n`);
  async function* whole() {
    yield bytes;
  }
  const sizes: number[] = [];
  const options = { hasTrailers: false, onTrailers: () => undefined };
  for await (const piece of decodeAwsChunked(whole(), options)) sizes.push(piece.length);
  expect(sizes.slice(0, -1).every((size) => size >= 16 * 1024)).toBe(true);
  expect(sizes.reduce((sum, size) => sum + size, 0)).toBe(200 * 1024);
});

test("a body that is mostly framing is rejected early, with S3's text", async () => {
  await expect(decode(`${'1\r\nx\r\n'.repeat(500_000)}0\r\n\r\n`, { pieceBytes: 65_536 })).rejects.toMatchObject({
    code: 'InvalidChunkSizeError',
    message: 'Only the last chunk is allowed to have a size less than 8192 bytes',
    details: { elements: { Chunk: 1001, BadChunkSize: 1 } },
  });
});

test('accepts a thousand chunks of 100 bytes, and any number of larger ones', async () => {
  const line = `64\r\n${'x'.repeat(100)}\r\n`;
  expect((await decode(`${line.repeat(1000)}0\r\n\r\n`)).text).toHaveLength(100_000);
  const larger = `800\r\n${'x'.repeat(2048)}\r\n`;
  expect((await decode(`${larger.repeat(3000)}0\r\n\r\n`)).text).toHaveLength(3000 * 2048);
});

test.each([
  ['the same value', 'x-amz-checksum-crc32:AAAAAA==\r\nx-amz-checksum-crc32:AAAAAA==\r\n'],
  ['another value', 'x-amz-checksum-crc32:AAAAAA==\r\nX-Amz-Checksum-CRC32:BBBBBB==\r\n'],
  ['a signature', 'x-amz-trailer-signature:aa\r\nx-amz-trailer-signature:bb\r\n'],
])('a trailing header that is repeated with %s is malformed', async (_name, trailers) => {
  await expect(decode(`1\r\nx\r\n0\r\n${trailers}\r\n`)).rejects.toMatchObject({ code: 'MalformedTrailerError' });
});

/** Returns the bytes of a body in chunks of these sizes, in buffers of their own of `sourceBytes`. */
function framed(sizes: number[], sourceBytes: number): { plain: Buffer; sources: Buffer[] } {
  const contents = sizes.map((size, index) => Buffer.alloc(size, `chunk ${index} `));
  const frames = contents.flatMap((bytes) => [`${bytes.length.toString(16)}\r\n`, bytes, '\r\n']);
  const whole = Buffer.concat([...frames, '0\r\n\r\n'].map((part) => Buffer.from(part)));
  const count = Math.ceil(whole.length / sourceBytes);
  const sources = Array.from({ length: count }, (_, index) => {
    const part = whole.subarray(index * sourceBytes, (index + 1) * sourceBytes);
    return Buffer.from(new Uint8Array(part).buffer);
  });
  return { plain: Buffer.concat(contents), sources };
}

async function* eachOf(buffers: Buffer[]) {
  yield* buffers;
}

const unframed = { hasTrailers: false, onTrailers: () => undefined };
const sizes = [[65_536, 65_536, 65_536, 10], [20_000, 1, 2, 3, 50_000], Array(40).fill(9000), [200_000]];
const cases = sizes.flatMap((chunks) => [1000, 16_384, 65_536, 65_544, 65_545].map((bytes) => ({ chunks, bytes })));

test.each(cases)('frees what a consumer has copied: $chunks in buffers of $bytes bytes', async ({ chunks, bytes }) => {
  const { plain, sources } = framed(chunks, bytes);
  const decoded = decodeAwsChunked(eachOf(sources), unframed);
  const copied: Buffer[] = [];
  for await (const piece of decoded) {
    copied.push(Buffer.from(piece));
    decoded.free?.([piece]);
  }
  expect(Buffer.concat(copied).equals(plain)).toBe(true);
  // The end of the body is read after the last piece.
  const kept = sources.filter(({ length }) => length > 0).map((source) => sources.indexOf(source));
  expect(kept.every((index) => index >= sources.length - Math.ceil(20_000 / bytes) - 1)).toBe(true);
});

test.each(cases)('leaves everything to a consumer that frees nothing: $chunks in $bytes', async ({ chunks, bytes }) => {
  const { plain, sources } = framed(chunks, bytes);
  const pieces: Buffer[] = [];
  for await (const piece of decodeAwsChunked(eachOf(sources), unframed)) pieces.push(piece);
  expect(Buffer.concat(pieces).equals(plain)).toBe(true);
});

test('frees only what was read before, if a consumer frees a single piece', async () => {
  const { plain, sources } = framed([65_536, 65_536, 65_536], 30_000);
  const decoded = decodeAwsChunked(eachOf(sources), unframed);
  const pieces: Buffer[] = [];
  for await (const piece of decoded) {
    pieces.push(pieces.length === 0 ? Buffer.from(piece) : piece);
    if (pieces.length === 1) decoded.free?.([piece]);
  }
  expect(Buffer.concat(pieces).equals(plain)).toBe(true);
});
