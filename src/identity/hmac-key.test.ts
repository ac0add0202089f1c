import { createHmac, randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { HmacKey } from './hmac-key.ts';

const texts = ['', 'a', 'x'.repeat(1023), 'x'.repeat(1024), 'x'.repeat(1025), '語'.repeat(1024), 'ü😀'.repeat(5000)];

test.each([0, 1, 32, 63, 64, 65, 200])('equals the HMAC of Node.js for a key of %i bytes', (length) => {
  const key = randomBytes(length);
  const hmac = new HmacKey(key);
  for (const text of texts) {
    const expected = createHmac('sha256', key).update(text, 'utf8').digest();
    expect(hmac.hex(text)).toBe(expected.toString('hex'));
    expect(hmac.digest(text)).toEqual(expected);
  }
});

test('keeps keys apart that take turns', () => {
  const keys = [randomBytes(32), randomBytes(32)];
  const hmacs = keys.map((key) => new HmacKey(key));
  for (const text of ['a longer text first', 'short', 'a longer text again']) {
    const expected = keys.map((key) => createHmac('sha256', key).update(text).digest('hex'));
    expect(hmacs.map((hmac) => hmac.hex(text))).toEqual(expected);
  }
});

test('does not depend on the bytes of the key after it was created', () => {
  const bytes = randomBytes(32);
  const key = new HmacKey(bytes);
  const before = key.hex('text');
  bytes.fill(0);
  expect(key.hex('text')).toBe(before);
});
