import { expect, test } from 'vitest';
import { computedMs, mostComputedMs } from '../../../test/support/machine/computed-ms.ts';
import { compileGlob } from './glob.ts';

test.each<[string, string, boolean]>([
  ['src/**', 'src', false],
  ['src/**', 'src/a/b', true],
  ['**/*.js', 'a.js', false],
  ['**/*.js', 'd/a.js', true],
  ['**/*.js', 'd/e/a.js', true],
  ['src/**/*.js', 'src/a.js', false],
  ['src/**/*.js', 'src/d/a.js', true],
  ['a/**/b', 'a/b', false],
  ['a/**/b', 'a/x/y/b', true],
  ['**x', 'x', true],
  ['**.js', 'd/a.js', true],
  ['a**b', 'axx/b', true],
  ['***', 'a/b', true],
  ['*', '.hid', true],
  ['*', 'a/b', false],
  ['*', '', true],
  ['a?b', 'a/b', false],
  ['a?b', 'axb', true],
  ['a?b', 'a🌾b', true],
  ['*.js', 'd/a.js', false],
  ['[!a]x', 'bx', true],
  ['[!a]x', 'ax', false],
  ['[!a]x', '/x', false],
  ['[^a]x', 'bx', false],
  ['[^a]x', '^x', true],
  ['[a-c0-9_]', 'b', true],
  ['[a-c0-9_]', 'd', false],
  ['[-a]', '-', true],
  ['[a-]', '-', true],
  ['[!-a]', '-', false],
  ['[a\\]', '\\', true],
  ['(a|b)', 'a', false],
  ['(a|b)', '(a|b)', true],
  ['a{1..3}', 'a2', false],
  ['a{1..3}', 'a1..3', true],
  ['{a,b}/{c,d}', 'b/c', true],
  ['{a,b}/{c,d}', 'b/', false],
  ['{a,[bc]*}z', 'cxxz', true],
  ['{,x}a', 'a', true],
  ['a,b', 'a,b', true],
  ['}', '}', true],
  [']', ']', true],
  ['@x', '@x', true],
  ['+(a)', '+(a)', true],
  ['!a', '!a', true],
  ['\\{a\\*', '{a*', true],
  ['\\{a\\*', '{ab', false],
  ['main', 'Main', false],
  ['main', 'main2', false],
  ['', '', true],
])('%s against %s: %s (behaviour C.12)', (pattern, text, expected) => {
  expect(compileGlob(pattern)(text)).toBe(expected);
});

test('answers the same when it is asked again, also after it has forgotten what it knew', () => {
  const glob = compileGlob(`**a${'?'.repeat(14)}`);
  const texts = Array.from({ length: 400 }, (_, seed) =>
    Array.from({ length: 60 }, (_, at) => ((seed * 7919 + at * at * 31) % 97 < 40 ? 'a' : 'b')).join(''),
  );
  const expected = texts.map((text) => text.at(-15) === 'a');
  expect(texts.map(glob)).toEqual(expected);
  expect(texts.map(glob)).toEqual(expected);
});

test.each([
  ['a choice of nothing, many times', '{,*}'.repeat(63)],
  [
    'many stars at once',
    `{${Array.from({ length: 42 }, () => '*a').join()}}{${Array.from({ length: 41 }, () => '*b').join()}}`,
  ],
  ['many characters after a star', `**a${'?'.repeat(250)}`],
])('never takes long: %s', (_what, pattern) => {
  const glob = compileGlob(pattern);
  const texts = [
    String.fromCodePoint(...Array.from({ length: 4000 }, (_, at) => 0x4e00 + at)),
    Array.from({ length: 4000 }, (_, at) => ((at * at * 31) % 97 < 48 ? 'a' : 'b')).join(''),
  ];
  for (const text of texts) {
    expect(computedMs(() => void glob(text))).toBeLessThan(mostComputedMs);
  }
});

test('reads a long text once for a pattern of many stars', () => {
  const stars = compileGlob('**a'.repeat(80));
  const path = 'a'.repeat(4095);
  expect(stars(path)).toBe(true);
  expect(stars(`${path}b`)).toBe(false);
  expect(stars(`${path}aa`), 'is too long to be judged').toBe(false);
});
