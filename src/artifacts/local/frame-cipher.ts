import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto';
import type { Chunks } from '../protocol/chunks.ts';
import { DamagedObjectError } from '../protocol/s3-error.ts';

/**
 * The key of one file. A file is encrypted with AES-256-GCM in frames of 64 KiB, each followed by its tag, so that any
 * range can be read without the rest. Every file has its own random key, so the frame number can serve as the nonce.
 * The nonce also says whether the frame is the last one, and the authenticated text names the file: a frame that was
 * changed, moved, left out or taken from another file cannot be decrypted, nor can a truncated file.
 */
export interface FrameKey {
  key: KeyObject;
  fileId: string;
}

/** Plain bytes in one frame; the last frame may be shorter, and is empty if the object is. */
export const frameBytes = 64 * 1024;

const algorithm = 'aes-256-gcm';
const tagBytes = 16;
const keyBytes = 32;

/** Generates a data key, which must be used for one file only. */
export function createDataKey(): Buffer {
  return randomBytes(keyBytes);
}

/** Returns the key of a file's frames. */
export function frameKeyOf(dataKey: Buffer, fileId: string): FrameKey {
  return { key: createSecretKey(dataKey), fileId };
}

/** Size of a frame with its tag. */
export const sealedFrameBytes = frameBytes + tagBytes;

/** Returns the number of frames of an object. */
export function frameCount(sizeBytes: number): number {
  return Math.max(1, Math.ceil(sizeBytes / frameBytes));
}

/** Returns the size of the file that holds an object of `sizeBytes`. */
export function sealedSize(sizeBytes: number): number {
  return sizeBytes + frameCount(sizeBytes) * tagBytes;
}

/** Encrypts chunks of any size and buffers one frame. */
export async function* encryptFrames(source: Chunks, key: FrameKey): AsyncGenerator<Buffer> {
  const frame = Buffer.allocUnsafe(frameBytes);
  let heldBytes = 0;
  let index = 0;
  for await (const chunk of source) {
    for (let rest = chunk; rest.length > 0; ) {
      // A full frame is held until the next byte shows that it is not the last one.
      if (heldBytes === frameBytes) {
        yield* sealFrame(frame, key, { index, isLast: false });
        index += 1;
        heldBytes = 0;
      }
      const copied = rest.copy(frame, heldBytes);
      heldBytes += copied;
      rest = rest.subarray(copied);
    }
    source.free?.([chunk]);
  }
  yield* sealFrame(frame.subarray(0, heldBytes), key, { index, isLast: true });
}

/** The position of a frame in its file. */
export interface FramePlace {
  index: number;
  isLast: boolean;
}

/** Returns the encrypted bytes and their tag separately, because joining them would copy every byte once more. */
function sealFrame(frame: Buffer, { key, fileId }: FrameKey, place: FramePlace): [Buffer, Buffer] {
  const cipher = createCipheriv(algorithm, key, nonceOf(place), { authTagLength: tagBytes });
  cipher.setAAD(authenticatedText(fileId, place));
  const sealed = cipher.update(frame);
  // GCM buffers nothing, so there are no more bytes.
  cipher.final();
  return [sealed, cipher.getAuthTag()];
}

/** Decrypts one frame with its tag; throws DamagedObjectError if it is not what was written. */
export function openFrame(sealed: Buffer, { key, fileId }: FrameKey, place: FramePlace): Buffer {
  const decipher = createDecipheriv(algorithm, key, nonceOf(place), { authTagLength: tagBytes });
  decipher.setAAD(authenticatedText(fileId, place));
  try {
    decipher.setAuthTag(sealed.subarray(-tagBytes));
    const frame = decipher.update(sealed.subarray(0, -tagBytes));
    decipher.final();
    return frame;
  } catch (error) {
    throw new DamagedObjectError(`frame ${place.index} of file ${fileId} is not what was written`, error);
  }
}

function nonceOf({ index, isLast }: FramePlace): Buffer {
  const nonce = Buffer.alloc(12);
  nonce.writeUInt8(isLast ? 1 : 0, 0);
  nonce.writeBigUInt64BE(BigInt(index), 4);
  return nonce;
}

function authenticatedText(fileId: string, { index, isLast }: FramePlace): Buffer {
  return Buffer.from(`millrace object 1/${fileId}/${index}/${isLast ? 'last' : 'more'}`);
}
