import { expect, test } from 'vitest';
import { prefixEnd } from './key-range.ts';

const compare = (a: string, b: string) => Buffer.compare(Buffer.from(a), Buffer.from(b));

test.each(['a', 'a/', 'ü', '\ud7ff', 'x\u{10ffff}', 'a\u{10ffff}\u{10ffff}', '😀', '\uffff', ''])(
  'the end of prefix %j is behind all that have it and before all that follow',
  (prefix) => {
    const end = prefixEnd(prefix);
    for (const more of ['', 'a', '\u{10ffff}', '\u{10ffff}\u{10ffff}z']) {
      expect(compare(prefix + more, end)).toBeLessThan(0);
    }
    expect(Buffer.from(end).toString()).toBe(end);
    if (prefix !== '') expect(end.startsWith(prefix)).toBe(false);
  },
);

test('nothing lies between a prefix and its end but what begins with it', () => {
  expect(prefixEnd('a/')).toBe('a0');
  expect(prefixEnd('\ud7ff')).toBe('\ue000');
  expect(prefixEnd('b\u{10ffff}')).toBe('c');
});
