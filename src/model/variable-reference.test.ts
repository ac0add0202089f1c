import { expect, test } from 'vitest';
import { findMalformedReference, referencesIn } from './variable-reference.ts';

test('references are found in order, without repetitions', () => {
  const text = 'x#{a.b}y#{c-1.d@e_f}z#{a.b}#{#{in.ner}} #{} #{A} #{ a.b } #{a.b.c} #{open.end';
  expect(referencesIn(text)).toEqual([
    { text: '#{a.b}', namespace: 'a', key: 'b' },
    { text: '#{c-1.d@e_f}', namespace: 'c-1', key: 'd@e_f' },
    { text: '#{in.ner}', namespace: 'in', key: 'ner' },
  ]);
});

test.each([
  ['the same reference', '#{a.b}'.repeat(700_000)],
  ['openings without an end', '#{'.repeat(2_000_000)],
  ['openings with one end', `${'#{'.repeat(2_000_000)}}`],
])('four million characters of %s take linear time', (_name, text) => {
  const before = performance.now();
  expect(referencesIn(text).length).toBeLessThan(2);
  // Quadratic time would be minutes.
  expect(performance.now() - before).toBeLessThan(5000);
});

test.each([
  ['#{AV}', 'AV'],
  ['#{}', ''],
  ['#{ a.b }', ' a.b '],
  ['#{a.b.c}', 'a.b.c'],
  ['#{.b}', '.b'],
  ['#{a.}', 'a.'],
  ['#{a.b} then #{c}', 'c'],
  ['#{a.#{b.c}}', 'a.#{b.c'],
])('%s is malformed', (text, malformed) => {
  expect(findMalformedReference(text)).toBe(malformed);
});

test.each(['', 'plain', '#{a.b}', '##{a.b}', '#{a.b} #{c.d}', '# {a}', '${a}', '#{never closed', '#{a.b} #{'])(
  '%s is not',
  (text) => {
    expect(findMalformedReference(text)).toBeUndefined();
  },
);

test('many unclosed openings are plain text', () => {
  const text = '#{'.repeat(25_000);
  expect(findMalformedReference(text)).toBeUndefined();
  expect(findMalformedReference(`${text}}`)).toBe(text.slice(2));
});
