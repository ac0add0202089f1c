import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { type ChecksumAlgorithm, compositeChecksum, createRunningChecksum, type RunningChecksum } from './checksum.ts';

// The published check values, computed over the digits 1 to 9.
test.each<[ChecksumAlgorithm, string]>([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
])('%s yields its published check value, in one piece or byte by byte', async (algorithm, expected) => {
  const whole = createRunningChecksum(algorithm);
  whole.update(Buffer.from('123456789'));
  expect(await hexOf(whole)).toBe(expected);
  const bytewise = createRunningChecksum(algorithm);
  for (const digit of '123456789') bytewise.update(Buffer.from(digit));
  expect(await hexOf(bytewise)).toBe(expected);
});

test('a composite checksum is the checksum of the checksums of the parts, with their number', async () => {
  const parts = ['first', 'second'].map((text) => createHash('sha1').update(text).digest());
  expect(
    await compositeChecksum(
      'SHA1',
      parts.map((part) => part.toString('base64')),
    ),
  ).toEqual({
    algorithm: 'SHA1',
    type: 'COMPOSITE',
    value: `${createHash('sha1').update(Buffer.concat(parts)).digest('base64')}-2`,
  });
});

async function hexOf(running: RunningChecksum): Promise<string> {
  return Buffer.from(await running.digest()).toString('hex');
}
