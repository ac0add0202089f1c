import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { MalformedArchiveError } from './archive-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { inspectZip } from './inspect-zip.ts';

/** One entry as the archive has it; its name is unchecked, except that backslashes became slashes. */
export interface ZipEntry {
  name: string;
  /** Unix mode with its type bits; undefined if the archive was not created on Unix. */
  unixMode: number | undefined;
  sizeBytes: number;
  /** Opens the content; the stream fails with MalformedArchiveError if it is damaged. */
  open(): Promise<Readable>;
}

/** Hosts in "version made by" whose external attributes have a Unix mode: Unix and macOS. */
const unixHosts = new Set([3, 19]);

/**
 * Yields the entries of a zip file in the order of its directory, after `inspectZip` has accepted the whole directory.
 * Throws RefusedArchiveError or MalformedArchiveError.
 */
export async function* readZip(file: string, limits: ArchiveLimits): AsyncGenerator<ZipEntry> {
  await inspectZip(file, limits);
  // Names are decoded here, because the library rejects whole archives for names that S3 deploy must accept.
  const zip = await openPromise(file, { decodeStrings: false }).catch(malformed);
  zip.on('error', () => undefined);
  const entries = zip.eachEntry();
  try {
    for (;;) {
      const next = await entries.next().catch(malformed);
      if (next.done) return;
      yield describe(zip, next.value);
    }
  } finally {
    zip.close();
  }
}

/** Returns whether a file begins like a zip archive, including an empty one. */
export function looksLikeZip(firstBytes: Buffer): boolean {
  const signature = firstBytes.length < 4 ? 0 : firstBytes.readUInt32LE(0);
  return signature === 0x04034b50 || signature === 0x06054b50;
}

function describe(zip: ZipFile, entry: Entry): ZipEntry {
  const { externalFileAttributes, extraFields, fileNameRaw, generalPurposeBitFlag, versionMadeBy } = entry;
  const mode = externalFileAttributes >>> 16;
  return {
    name: getFileNameLowLevel(generalPurposeBitFlag, fileNameRaw, extraFields, false),
    unixMode: unixHosts.has(versionMadeBy >> 8) && mode !== 0 ? mode : undefined,
    sizeBytes: entry.uncompressedSize,
    open: () => openEntry(zip, entry),
  };
}

async function openEntry(zip: ZipFile, entry: Entry): Promise<Readable> {
  const content = await zip.openReadStreamPromise(entry).catch(malformed);
  const checked = verifyChecksum(entry.crc32);
  // Damage may be detected before there is a listener; a later reader still gets the error.
  checked.on('error', () => undefined);
  content.on('error', (error) => checked.destroy(new MalformedArchiveError(error)));
  checked.on('close', () => content.destroy());
  return content.pipe(checked);
}

/** Checks the checksum: the library only compares sizes, so damaged stored bytes would go unnoticed. */
function verifyChecksum(expected: number): Transform {
  let sum = 0;
  return new Transform({
    transform(chunk: Buffer, _encoding, done: TransformCallback) {
      sum = crc32(chunk, sum);
      done(null, chunk);
    },
    flush(done: TransformCallback) {
      done(sum === expected ? null : new MalformedArchiveError(new Error('checksum mismatch')));
    },
  });
}

function malformed(error: unknown): never {
  throw new MalformedArchiveError(error);
}
