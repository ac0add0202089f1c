import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import {
  createDataKey,
  encryptFrames,
  type FrameKey,
  frameBytes,
  frameCount,
  frameKeyOf,
  openFrame,
  sealedFrameBytes,
  sealedSize,
} from './frame-cipher.ts';

const dataKey = createDataKey();
const key = frameKeyOf(dataKey, 'file-1');

async function seal(plain: Buffer, chunkBytes: number, by: FrameKey = key): Promise<Buffer> {
  async function* chunks() {
    for (let at = 0; at < plain.length; at += chunkBytes) yield plain.subarray(at, at + chunkBytes);
  }
  const sealed: Buffer[] = [];
  for await (const frame of encryptFrames(chunks(), by)) sealed.push(frame);
  return Buffer.concat(sealed);
}

function open(file: Buffer, by: FrameKey = key): Buffer {
  const count = Math.ceil(file.length / sealedFrameBytes);
  return Buffer.concat(
    Array.from({ length: count }, (_, index) => {
      const frame = file.subarray(index * sealedFrameBytes, (index + 1) * sealedFrameBytes);
      return openFrame(frame, by, { index, isLast: index === count - 1 });
    }),
  );
}

test.each([
  [0, 1],
  [1, 1],
  [frameBytes - 1, 1],
  [frameBytes, 1],
  [frameBytes + 1, 2],
  [3 * frameBytes, 3],
])('%i bytes make %i frames for any chunk size', async (sizeBytes, frames) => {
  const plain = randomBytes(sizeBytes);
  expect(frameCount(sizeBytes)).toBe(frames);
  for (const chunkBytes of [1000, frameBytes, 3 * frameBytes]) {
    const file = await seal(plain, chunkBytes);
    expect(file.length).toBe(sealedSize(sizeBytes));
    expect(open(file).equals(plain)).toBe(true);
  }
});

test('the file reveals nothing, and equal bytes look different in every frame and file', async () => {
  const plain = Buffer.alloc(2 * frameBytes, 'secret');
  const [one, other] = [await seal(plain, frameBytes), await seal(plain, frameBytes, frameKeyOf(dataKey, 'file-2'))];
  expect(one.includes('secret')).toBe(false);
  expect(one.subarray(0, frameBytes).equals(one.subarray(sealedFrameBytes, sealedFrameBytes + frameBytes))).toBe(false);
  // Files need keys of their own, because the same key and nonce would give the same key stream.
  expect(createDataKey().equals(dataKey)).toBe(false);
  expect(other.subarray(frameBytes, sealedFrameBytes).equals(one.subarray(frameBytes, sealedFrameBytes))).toBe(false);
});

const plain = randomBytes(3 * frameBytes + 10);

test.each<[string, (file: Buffer) => Buffer]>([
  ['a flipped bit', (file) => flipped(file, 5)],
  ['a flipped bit in a tag', (file) => flipped(file, sealedFrameBytes - 1)],
  ['a flipped bit in the last frame', (file) => flipped(file, file.length - 20)],
  ['a cut within a frame', (file) => file.subarray(0, file.length - 1)],
  ['a cut between frames', (file) => file.subarray(0, 3 * sealedFrameBytes)],
  ['a frame left out', (file) => file.subarray(sealedFrameBytes)],
  ['a repeated frame', (file) => Buffer.concat([file.subarray(0, sealedFrameBytes), file])],
  ['bytes after the end', (file) => Buffer.concat([file, Buffer.alloc(1)])],
  ['nothing at all', () => Buffer.alloc(1)],
])('%s is detected', async (_what, damage) => {
  const file = await seal(plain, frameBytes);
  expect(() => open(damage(file))).toThrow(expect.objectContaining({ name: 'InvalidObjectState' }));
});

test('frames of another file or with another key cannot be decrypted', async () => {
  const file = await seal(plain, frameBytes);
  expect(() => open(file, frameKeyOf(dataKey, 'file-2'))).toThrow('damaged');
  expect(() => open(file, frameKeyOf(createDataKey(), 'file-1'))).toThrow('damaged');
});

function flipped(file: Buffer, at: number): Buffer {
  const copy = Buffer.from(file);
  copy.writeUInt8(copy.readUInt8(at) ^ 1, at);
  return copy;
}
