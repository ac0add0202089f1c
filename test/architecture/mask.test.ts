import { expect, test } from 'vitest';
import { maskSource } from './mask.ts';

// A dot in the second column stands for a blank that was made.
test.each([
  ["a = 'import'; // import", "a = '······'; ·········"],
  ['/* await\n */ await x', '········\n··· await x'],
  ['a("it\\"s" + \'\\\'\')', 'a("·····" + \'··\')'],
  ['`await ${ async } await` + b', '`······${ async }······` + b'],
  ['`a${ { b: `c${d}e` } }f` g', '`·${ { b: `·${d}·` } }·` g'],
  ['x = /await\\/[/"]/g; y = a / b / c', 'x = /············g; y = a / b / c'],
  ['return /"/.test(x) ? "await" : 1', 'return /·/.test(x) ? "·····" : 1'],
  ['f(a) / 2; "x"', 'f(a) / 2; "·"'],
  ['s = "//"; await y', 's = "··"; await y'],
  ["it's broken\nawait y", "it'·······n\nawait y"],
  ['`unfinished', '`··········'],
])('%j', (text, masked) => {
  expect(maskSource(text)).toBe(masked.replaceAll('·', ' '));
});
