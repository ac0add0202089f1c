import { expect, test } from 'vitest';
import { parseAddressRange } from './address-range.ts';

test.each([
  ['192.0.2.0/24', '192.0.2.255'],
  ['192.0.2.77/24', '192.0.2.1'],
  ['192.0.2.7/32', '192.0.2.7'],
  ['192.0.2.0/24', '::ffff:192.0.2.9'],
  ['192.0.2.0/24', '::FFFF:192.0.2.9'],
  ['0.0.0.0/0', '203.0.113.1'],
  ['2001:db8:abcd::/36', '2001:db8:afff::1'],
  ['::1/128', '::1'],
  ['fe80::/10', 'fe80::1%eth0'],
  ['::/0', '2001:db8::1'],
])('%s includes %s', (range, address) => {
  expect(parseAddressRange(range)?.includes(address)).toBe(true);
});

test.each([
  ['192.0.2.0/24', '192.0.3.0'],
  ['192.0.2.0/25', '192.0.2.128'],
  ['192.0.2.7/32', '192.0.2.8'],
  ['192.0.2.0/24', '::ffff:192.0.3.9'],
  ['192.0.2.0/24', '2001:db8::1'],
  ['0.0.0.0/0', '2001:db8::1'],
  ['2001:db8:abcd::/36', '2001:db8:b000::1'],
  ['::/0', '192.0.2.1'],
  ['192.0.2.0/24', ''],
  ['192.0.2.0/24', 'localhost'],
])('%s does not include %s', (range, address) => {
  expect(parseAddressRange(range)?.includes(address)).toBe(false);
});

test.each(['', '192.0.2.0', '192.0.2.0/33', '192.0.2/24', '::/129', 'x/8', '192.0.2.0/-1', '192.0.2.0/24 '])(
  "'%s' is no range",
  (text) => {
    expect(parseAddressRange(text)).toBeUndefined();
  },
);
