import { type Readable, Transform, type TransformCallback } from 'node:stream';
import { crc32 } from 'node:zlib';
import { type Entry, getFileNameLowLevel, openPromise, type ZipFile } from 'yauzl';
import { MalformedArchiveError } from './archive-error.ts';
import type { ArchiveLimits } from './archive-limits.ts';
import { inspectZip } from './inspect-zip.ts';

/** One entry as the archive tells it; nothing about its name has been checked except that backslashes are slashes. */
export interface ZipEntry {
  name: string;
  /** Unix mode with its type bits; undefined when the archive was not made on a Unix. */
  unixMode: number | undefined;
  sizeBytes: number;
  /** Opens the content; its stream errs with MalformedArchiveError when the content is damaged. */
  open(): Promise<Readable>;
}

/** Hosts of "version made by" whose external attributes carry a Unix mode: Unix and macOS. */
const unixHosts = new Set([3, 19]);

/**
 * The entries of a zip file in the order of its directory, one at a time, once the whole directory has passed
 * `inspectZip`. Throws RefusedArchiveError or MalformedArchiveError.
 */
export async function* readZip(file: string, limits: ArchiveLimits): AsyncGenerator<ZipEntry> {
  await inspectZip(file, limits);
  // Names are decoded here, because the library refuses whole archives for a name that S3 deploy has to accept.
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

/** Whether a file begins like a zip archive, empty ones included. */
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
  const checked = checkSum(entry.crc32);
  // Damage may show before anybody listens; whoever reads later meets the error all the same.
  checked.on('error', () => undefined);
  content.on('error', (error) => checked.destroy(new MalformedArchiveError(error)));
  checked.on('close', () => content.destroy());
  return content.pipe(checked);
}

/** The library compares sizes but not checksums, so damaged stored bytes would pass unseen. */
function checkSum(expected: number): Transform {
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
