import { open } from 'node:fs/promises';
import { RefusedArchiveError } from './archive-error.ts';

const signature = Buffer.from('PK\x05\x06', 'latin1');
const recordBytes = 22;
const maxCommentBytes = 0xffff;
/** Where the record says how long the comment behind it is, which reaches to the end of the file. */
const commentLengthAt = 20;

/**
 * Refuses a zip file whose end can be read in two ways: with two end records, one in the comment of the other, or with
 * one that lists nothing although entries lie before it. Readers choose differently, so what one tool inspected another
 * would not unpack; and what is deployed would be empty.
 */
export async function checkZipEnd(file: string, entryCount: number): Promise<void> {
  const handle = await open(file);
  try {
    const { size } = await handle.stat();
    const tail = Buffer.alloc(Math.min(size, recordBytes + maxCommentBytes));
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
  for (let at = tail.indexOf(signature); at >= 0; at = tail.indexOf(signature, at + 1)) {
    const commentBytes = tail.length - at - recordBytes;
    if (commentBytes >= 0 && tail.readUInt16LE(at + commentLengthAt) === commentBytes) found.push(at);
  }
  return found;
}
