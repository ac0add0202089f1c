import { describe, expect, test } from 'vitest';
import { computedMs, mostComputedMs } from '../../test/support/machine/computed-ms.ts';
import { compilePathPattern } from './path-pattern.ts';

describe('patterns of paths', () => {
  test.each<[string, string[], string[]]>([
    ['**/*', ['a', 'a/b', 'a/.b/c'], []],
    ['*', ['a', '.a'], ['a/b']],
    ['dist/**', ['dist/a', 'dist/a/b'], ['dis', 'other/dist/a']],
    ['**/*.js', ['a.js', 'b/a.js', '.js'], ['a.jsx', 'a.js/b']],
    ['a/**/b/*.txt', ['a/b/x.txt', 'a/c/d/b/x.txt'], ['a/x.txt', 'b/x.txt']],
    ['a**b', ['ab', 'axb'], ['a/b']],
    ['file-?.log', ['file-1.log'], ['file-.log', 'file-12.log', 'file-/.log']],
    ['[a-c]x[!0-9]', ['axy', 'cx-'], ['dxy', 'ax1']],
    ['*.{js,{ts,tsx}}', ['a.js', 'a.ts', 'a.tsx'], ['a.{js', 'a.css']],
    ['{dist,out}/a', ['dist/a', 'out/a'], ['a']],
    ['./a', ['a'], ['./a']],
    ['a[1', ['a[1'], ['a1']],
    ['a{1}', ['a{1}'], ['a1']],
    ['\\*', ['*'], ['a']],
    ['(a|b)+', ['(a|b)+'], ['a', 'aa']],
  ])('%s', (pattern, matching, others) => {
    const matches = compilePathPattern(pattern);
    expect(matching.filter((path) => !matches(path))).toEqual([]);
    expect(others.filter(matches)).toEqual([]);
  });

  test.each([
    ['*a*a*a*a*a*a*a*a*a*b', 'a'.repeat(255)],
    ['**/a/**/a/**/a/**/a/**/a/**/a/**/b', 'a/'.repeat(2000)],
    ['**/*a*a*a*b/**/*a*a*a*c', `${'a'.repeat(255)}/`.repeat(16)],
  ])('%s takes no longer for texts that nearly match', (pattern, path) => {
    const matches = compilePathPattern(pattern);
    expect(computedMs(() => matches(path))).toBeLessThan(mostComputedMs);
  });

  test('have a limited number of choices', () => {
    expect(() => compilePathPattern('{a,b}'.repeat(10))).toThrow('more than 1000 choices');
  });
});
