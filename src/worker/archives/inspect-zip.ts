import { open } from 'node:fs/promises';
import { type Entry, getFileNameLowLevel, openPromise } from 'yauzl';
import { MalformedArchiveError, RefusedArchiveError, shownName } from './archive-error.ts';
import { type ArchiveLimits, ratioFreeBytes } from './archive-limits.ts';

const localHeaderBytes = 30;
const storedMethod = 0;
const deflatedMethod = 8;

const endSignature = Buffer.from('PK\x05\x06', 'latin1');
const endRecordBytes = 22;
const maxCommentBytes = 0xffff;
/** Where the record says how long the comment behind it is, which reaches to the end of the file. */
const commentLengthAt = 20;

/** Where the bytes of an entry lie in the archive. */
interface Extent {
  startsAt: number;
  endsAt: number;
}

/**
 * Reads the directory of a zip file, and none of its content, to refuse it before anything is written: too many entries,
 * too many bytes, too well compressed, encrypted, or entries that share their bytes. Sizes may be trusted here, because
 * reading an entry fails as soon as it yields more than it declared. Throws RefusedArchiveError or MalformedArchiveError.
 */
export async function inspectZip(file: string, limits: ArchiveLimits): Promise<void> {
  const zip = await openPromise(file, { decodeStrings: false }).catch(malformed);
  zip.on('error', () => undefined);
  try {
    if (zip.entryCount > limits.maxEntries) throw tooManyEntries(limits);
    await checkZipEnd(file, zip.entryCount);
    const extents: Extent[] = [];
    let unpackedBytes = 0;
    const entries = zip.eachEntry();
    for (;;) {
      const next = await entries.next().catch(malformed);
      if (next.done) break;
      const entry = next.value;
      unpackedBytes += entry.uncompressedSize;
      checkEntry(entry);
      checkGrowth({ unpackedBytes, archiveBytes: zip.fileSize }, limits);
      extents.push(extentOf(entry));
    }
    checkExtents(extents, zip.fileSize);
  } finally {
    zip.close();
  }
}

/**
 * Refuses a zip file whose end can be read in two ways: with two end records, one in the comment of the other, or with
 * one that lists nothing although entries lie before it. Readers choose differently, so what one tool inspected another
 * would not unpack; and what is deployed would be empty.
 */
async function checkZipEnd(file: string, entryCount: number): Promise<void> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, endRecordBytes + maxCommentBytes));
    const startsAt = size - tail.length;
    await handle.read(tail, 0, tail.length, startsAt);
    const ends = endRecordsIn(tail);
    if (ends.length > 1) throw new RefusedArchiveError('it has more than one end record');
    if (entryCount === 0 && startsAt + (ends[0] ?? 0) > 0) {
      throw new RefusedArchiveError('its end record lists no entries, but something lies before it');
    }
  } finally {
    await handle.close();
  }
}

/** Where in the last bytes of a file there is an end record whose comment is all that follows. */
function endRecordsIn(tail: Buffer): number[] {
  const found: number[] = [];
  for (let at = tail.indexOf(endSignature); at >= 0; at = tail.indexOf(endSignature, at + 1)) {
    const commentBytes = tail.length - at - endRecordBytes;
    if (commentBytes >= 0 && tail.readUInt16LE(at + commentLengthAt) === commentBytes) found.push(at);
  }
  return found;
}

function tooManyEntries({ maxEntries }: ArchiveLimits): RefusedArchiveError {
  return new RefusedArchiveError(`it has more than ${maxEntries} entries`);
}

function checkEntry(entry: Entry): void {
  const name = shownName(getFileNameLowLevel(entry.generalPurposeBitFlag, entry.fileNameRaw, entry.extraFields, false));
  if (entry.isEncrypted()) throw new RefusedArchiveError(`entry ${name} is encrypted`);
  if (entry.compressionMethod === storedMethod || entry.compressionMethod === deflatedMethod) return;
  const method = entry.compressionMethod;
  throw new RefusedArchiveError(`entry ${name} is compressed by method ${method}, which is not supported`);
}

function checkGrowth(
  { archiveBytes, unpackedBytes }: { archiveBytes: number; unpackedBytes: number },
  { maxRatio, maxUnpackedBytes }: ArchiveLimits,
): void {
  if (unpackedBytes > maxUnpackedBytes) {
    throw new RefusedArchiveError(`it grows to more than ${maxUnpackedBytes} bytes`);
  }
  if (unpackedBytes > ratioFreeBytes && unpackedBytes > maxRatio * archiveBytes) {
    throw new RefusedArchiveError(`it grows to more than ${maxRatio} times its size`);
  }
}

/** The least an entry occupies: the extra field of its local header is not known here and only adds to it. */
function extentOf({ compressedSize, fileNameLength, relativeOffsetOfLocalHeader: startsAt }: Entry): Extent {
  return { startsAt, endsAt: startsAt + localHeaderBytes + fileNameLength + compressedSize };
}

/** Entries that share bytes let a small archive hold more than it weighs; no honest tool writes them. */
function checkExtents(extents: Extent[], archiveBytes: number): void {
  extents.sort((one, other) => one.startsAt - other.startsAt);
  let endedAt = 0;
  for (const { endsAt, startsAt } of extents) {
    if (startsAt < endedAt) throw new RefusedArchiveError('its entries overlap each other');
    if (endsAt > archiveBytes) malformed(new Error('an entry reaches beyond the end of the archive'));
    endedAt = endsAt;
  }
}

function malformed(error: unknown): never {
  throw new MalformedArchiveError(error);
}
