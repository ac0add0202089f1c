import { expect, test } from 'vitest';
import { referencesIn } from './variable-reference.ts';

test('the references of a text are found in order, each once', () => {
  const text = 'x#{a.b}y#{c-1.d@e_f}z#{a.b}#{#{in.ner}} #{} #{A} #{ a.b } #{a.b.c} #{open.end';
  expect(referencesIn(text)).toEqual([
    { text: '#{a.b}', namespace: 'a', key: 'b' },
    { text: '#{c-1.d@e_f}', namespace: 'c-1', key: 'd@e_f' },
    { text: '#{in.ner}', namespace: 'in', key: 'ner' },
  ]);
});

test.each([
  ['the same reference', '#{a.b}'.repeat(700_000)],
  ['beginnings without an end', '#{'.repeat(2_000_000)],
  ['beginnings with one end', `${'#{'.repeat(2_000_000)}}`],
])('four million characters of %s are searched in linear time', (_name, text) => {
  const before = performance.now();
  expect(referencesIn(text).length).toBeLessThan(2);
  // What grows with the square of the text takes minutes.
  expect(performance.now() - before).toBeLessThan(5000);
});
