import type { FileHandle } from 'node:fs/promises';
import { Readable } from 'node:stream';
import type { ByteRange } from '../protocol/byte-range.ts';
import { type Batches, freeMemory } from '../protocol/chunks.ts';
import { DamagedObjectError } from '../protocol/s3-error.ts';
import { type FrameKey, frameBytes, frameCount, openFrame, sealedFrameBytes, sealedSize } from './frame-cipher.ts';

/** An object's open file, which stays readable when the object is overwritten or removed. */
export interface OpenFile {
  /**
   * Streams all bytes or a range of them. Rejects if the first bytes are damaged; later damage ends the stream with
   * DamagedObjectError. The end of the stream closes the file.
   */
  stream(range?: ByteRange): Promise<Readable>;
  /** Like `stream`, but the reader closes the batches. */
  batches(range?: ByteRange): Promise<Batches>;
  /** Closes the file; needed if `stream` was not called or may have failed. */
  close(): Promise<void>;
}

/** Frames per read. */
const framesAtOnce = 8;
const readBytes = framesAtOnce * frameBytes;

/** Wraps the open file of an object of `sizeBytes`; throws DamagedObjectError if the file's size is wrong. */
export async function createOpenFile(
  handle: FileHandle,
  { fileId, sizeBytes, key }: { fileId: string; sizeBytes: number; key?: FrameKey },
): Promise<OpenFile> {
  const { size } = await handle.stat();
  const expected = key ? sealedSize(sizeBytes) : sizeBytes;
  if (size !== expected) throw new DamagedObjectError(`file ${fileId} has ${size} bytes instead of ${expected}`);
  const close = () => handle.close();
  const begin = async (range: ByteRange = { first: 0, last: sizeBytes - 1 }) => {
    const rest = key ? readFrames(handle, { key, sizeBytes }, range) : readPlain(handle, range);
    return { first: await rest.next(), rest };
  };
  return {
    async stream(range) {
      const { first, rest } = await begin(range);
      return closingStream(handle, first, rest);
    },
    async batches(range) {
      const { first, rest } = await begin(range);
      return { [Symbol.asyncIterator]: () => inBatches(first, rest), close };
    },
    close,
  };
}

/** Joins chunks into batches of the size of a read; damage between them ends the stream before it. */
async function* inBatches(first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): AsyncGenerator<Buffer[]> {
  let batch: Buffer[] = first.done ? [] : [first.value];
  let heldBytes = batch[0]?.length ?? 0;
  for await (const chunk of rest) {
    if (heldBytes + chunk.length > readBytes) {
      yield batch;
      freeMemory(batch);
      batch = [];
      heldBytes = 0;
    }
    batch.push(chunk);
    heldBytes += chunk.length;
  }
  if (batch.length > 0) yield batch;
  freeMemory(batch);
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
    // A reader that stops early never awaits what was read ahead; one that does await it still gets the error.
    reading.catch(() => undefined);
    return reading;
  };
  const firstFrame = Math.floor(first / frameBytes);
  const batchFrames = Math.min(framesAtOnce, end + 1 - firstFrame);
  // Two buffers for the whole stream: one is filled while the frames of the other are decrypted into new buffers.
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

/** Fills the buffer, since one read may return less than requested. */
async function readExactly(handle: FileHandle, position: number, buffer: Buffer): Promise<Buffer> {
  for (let got = 0; got < buffer.length; ) {
    const { bytesRead } = await handle.read(buffer, got, buffer.length - got, position + got);
    if (bytesRead === 0) throw new DamagedObjectError('the file ends early');
    got += bytesRead;
  }
  return buffer;
}

/** Returns a stream that closes the file itself: a generator that was never started does not run its `finally`. */
function closingStream(handle: FileHandle, first: IteratorResult<Buffer>, rest: AsyncGenerator<Buffer>): Readable {
  let held: IteratorResult<Buffer> | undefined = first;
  return new Readable({
    // Data is already read ahead, so a slow client should not cause more to be buffered.
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
