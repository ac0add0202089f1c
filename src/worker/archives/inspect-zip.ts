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
/** Offset of the comment's length in the record; the comment reaches to the end of the file. */
const commentLengthAt = 20;

/** The bytes of an entry in the archive. */
interface Extent {
  startsAt: number;
  endsAt: number;
}

/**
 * Reads the directory of a zip file, not its content, and rejects it before anything is written: too many entries or
 * bytes, too high a ratio, encrypted, or entries that share bytes. Declared sizes can be trusted, because reading an
 * entry fails as soon as it yields more. Throws RefusedArchiveError or MalformedArchiveError.
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
 * Rejects a zip file whose end is ambiguous: two end records, one in the comment of the other, or one that lists
 * nothing although data precedes it. Readers differ, so one tool would inspect what another does not unpack, and a
 * deployment could be empty.
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

/** Returns where, in the last bytes of a file, there is an end record whose comment reaches to the end. */
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

/** Returns the minimum extent of an entry: the extra field of its local header, unknown here, can only add to it. */
function extentOf({ compressedSize, fileNameLength, relativeOffsetOfLocalHeader: startsAt }: Entry): Extent {
  return { startsAt, endsAt: startsAt + localHeaderBytes + fileNameLength + compressedSize };
}

/** Rejects entries that share bytes, with which a small archive unpacks to a huge one; no honest tool writes them. */
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
