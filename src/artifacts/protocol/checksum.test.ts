import { expect, test } from 'vitest';
import { type ChecksumAlgorithm, compositeChecksum, createRunningChecksum } from './checksum.ts';

// The published check values of each algorithm over the digits 1 to 9.
test.each<[ChecksumAlgorithm, string]>([
  ['CRC32', 'cbf43926'],
  ['CRC32C', 'e3069283'],
  ['CRC64NVME', 'ae8b14860a799888'],
  ['SHA1', 'f7c3bc1d808e04732adf679965ccc34ca7ae3441'],
  ['SHA256', '15e2b0d3c33891ebb0f1ef609ec419420c20e320ce94c65fbc8c3312448eb225'],
])('%s gives its published check value, in one piece or byte by byte', (algorithm, expected) => {
  const whole = createRunningChecksum(algorithm);
  whole.update(Buffer.from('123456789'));
  expect(whole.digest().toString('hex')).toBe(expected);
  const bytewise = createRunningChecksum(algorithm);
  for (const digit of '123456789') bytewise.update(Buffer.from(digit));
  expect(bytewise.digest().toString('hex')).toBe(expected);
});

test('a composite checksum is that of the parts’ checksums with their number', () => {
  const parts = ['first', 'second'].map((text) => {
    const part = createRunningChecksum('SHA1');
    part.update(Buffer.from(text));
    return part.digest();
  });
  const over = createRunningChecksum('SHA1');
  over.update(Buffer.concat(parts));
  expect(
    compositeChecksum(
      'SHA1',
      parts.map((part) => part.toString('base64')),
    ),
  ).toEqual({
    algorithm: 'SHA1',
    type: 'COMPOSITE',
    value: `${over.digest().toString('base64')}-2`,
  });
});
