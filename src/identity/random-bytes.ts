import { randomFillSync } from 'node:crypto';

const blockBytes = 4096;
const block = Buffer.allocUnsafeSlow(blockBytes);
let next = blockBytes;

/**
 * Returns a few random bytes that need not be secret, such as an iv or an id. They are drawn in blocks, because a draw takes
 * 10 µs however few bytes it is for.
 */
export function drawRandomBytes(count: number): Buffer {
  if (next + count > blockBytes) {
    randomFillSync(block);
    next = 0;
  }
  // A copy: the block is filled again.
  const drawn = Buffer.from(block.subarray(next, next + count));
  next += count;
  return drawn;
}
