import { expect, test } from 'vitest';
import { referencesIn } from './variable-reference.ts';

test('references are found in order, with their parts', () => {
  expect(referencesIn('#{A.b} and #{C.d}')).toEqual([
    { text: '#{A.b}', namespace: 'A', key: 'b' },
    { text: '#{C.d}', namespace: 'C', key: 'd' },
  ]);
});
