import { expect, test } from 'vitest';
import { keysAfter, prefixEnd } from './key-range.ts';

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

test('only texts that start with a prefix are between it and its end', () => {
  expect(prefixEnd('a/')).toBe('a0');
  expect(prefixEnd('\ud7ff')).toBe('\ue000');
  expect(prefixEnd('b\u{10ffff}')).toBe('c');
});

test.each([
  { after: '', prefix: 'b', expected: ['b', 'ba', 'bb'] },
  { after: 'b', prefix: 'b', expected: ['ba', 'bb'] },
  { after: 'ba', prefix: 'b', expected: ['bb'] },
  { after: 'c', prefix: 'b', expected: [] },
  { after: '\uff21', prefix: '😀', expected: ['😀'] },
])('the keys after $after with prefix $prefix are $expected, with one lower bound', ({ after, prefix, expected }) => {
  const { condition, parameters } = keysAfter('key', { after, prefix });
  const [, comparison] = /^key (>=?) \? and key < \?$/.exec(condition) ?? [];
  const isFound = (key: string) => {
    const lower = compare(key, parameters[0]);
    return (comparison === '>' ? lower > 0 : lower >= 0) && compare(key, parameters[1]) < 0;
  };
  expect(['a', 'b', 'ba', 'bb', 'c', '\uff21', '😀'].filter(isFound)).toEqual(expected);
});
