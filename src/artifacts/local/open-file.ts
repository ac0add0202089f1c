import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ByteRange } from '../protocol/byte-range.ts';
import { DamagedObjectError } from '../protocol/s3-error.ts';
import { type FrameKey, frameBytes, frameCount, openFrame, sealedFrameBytes, sealedSize } from './frame-cipher.ts';

/** An object's file, open for reading: it stays readable however often the object is overwritten or removed. */
export interface OpenFile {
  /**
   * All bytes as they were written, or a range of them. The first ones are known to be good when it resolves; damage
   * further on ends the stream with DamagedObjectError. The end of the stream closes the file.
   */
  stream(range?: ByteRange): Promise<Readable>;
  /** For whoever has not come to stream, or does not know how far it got. */
  close(): Promise<void>;
}

/** Frames read at once. */
const framesAtOnce = 8;
const readBytes = framesAtOnce * frameBytes;

/** Wraps an open file whose object has `sizeBytes`; DamagedObjectError when the file is too short or too long. */
export async function createOpenFile(
  handle: FileHandle,
  { fileId, sizeBytes, key }: { fileId: string; sizeBytes: number; key?: FrameKey },
): Promise<OpenFile> {
  const { size } = await handle.stat();
  const expected = key ? sealedSize(sizeBytes) : sizeBytes;
  if (size !== expected) throw new DamagedObjectError(`file ${fileId} has ${size} bytes instead of ${expected}`);
  return {
    async stream(range = { first: 0, last: sizeBytes - 1 }) {
      const chunks = key ? readFrames(handle, { key, sizeBytes }, range) : readPlain(handle, range);
      const first = await chunks.next();
      return closingStream(handle, first, chunks);
    },
    close: () => handle.close(),
  };
}

async function* readPlain(handle: FileHandle, { first, last }: ByteRange): AsyncGenerator<Buffer> {
  for (let position = first; position <= last; position += readBytes) {
    yield await readExactly(handle, position, Buffer.allocUnsafe(Math.min(readBytes, last + 1 - position)));
  }
}

async function* readFrames(
  handle: FileHandle,
  { key, sizeBytes }: { key: FrameKey; sizeBytes: number },
  { first, last }: ByteRange,
): AsyncGenerator<Buffer> {
  const lastFrame = frameCount(sizeBytes) - 1;
  const end = Math.floor(last / frameBytes);
  const read = (index: number, buffer: Buffer): Promise<Buffer> => {
    const until = Math.min(index + framesAtOnce, end + 1);
    const fileEnd = until > lastFrame ? sealedSize(sizeBytes) : until * sealedFrameBytes;
    const position = index * sealedFrameBytes;
    const reading = readExactly(handle, position, buffer.subarray(0, fileEnd - position));
    // Nobody may come to ask for what was read ahead; whoever does is told of its failure.
    reading.catch(() => undefined);
    return reading;
  };
  const firstFrame = Math.floor(first / frameBytes);
  const batchFrames = Math.min(framesAtOnce, end + 1 - firstFrame);
  // Two for the whole stream, as frames are decrypted into buffers of their own: one is read while the other is used.
  let ahead = Buffer.allocUnsafe(batchFrames * sealedFrameBytes);
  let used = firstFrame + batchFrames > end ? ahead : Buffer.allocUnsafe(ahead.length);
  let reading = read(firstFrame, ahead);
  for (let index = firstFrame; index <= end; index += framesAtOnce) {
    const sealed = await reading;
    [used, ahead] = [ahead, used];
    const until = Math.min(index + framesAtOnce, end + 1);
    if (until <= end) reading = read(until, ahead);
    for (let at = index; at < until; at += 1) {
      const from = (at - index) * sealedFrameBytes;
      const place = { index: at, isLast: at === lastFrame };
      const frame = openFrame(sealed.subarray(from, from + sealedFrameBytes), key, place);
      yield frame.subarray(Math.max(0, first - at * frameBytes), last + 1 - at * frameBytes);
    }
  }
}

/** Fills the buffer; the system may give less than it is asked for. */
async function readExactly(handle: FileHandle, position: number, buffer: Buffer): Promise<Buffer> {
  for (let got = 0; got < buffer.length; ) {
    const { bytesRead } = await handle.read(buffer, got, buffer.length - got, position + got);
    if (bytesRead === 0) throw new DamagedObjectError('the file ends early');
    got += bytesRead;
  }
  return buffer;
}

/** A generator's `finally` is not run when nobody ever asked it: so the stream itself closes the file. */
function closingStream(handle: FileHandle, first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): Readable {
  let held: IteratorResult<Buffer> | undefined = first;
  return new Readable({
    // What was read ahead waits in its own buffers: a client that takes nothing should hold no more than that.
    highWaterMark: frameBytes,
    read() {
      const next = held ? Promise.resolve(held) : rest.next();
      held = undefined;
      next.then(
        ({ done, value }) => void this.push(done ? null : value),
        (error: Error) => this.destroy(error),
      );
    },
    destroy(error, done) {
      handle.close().then(
        () => done(error),
        (closeError: Error) => done(error ?? closeError),
      );
    },
  });
}
