import type { Chance } from '../../support/engine/random.ts';

/** Properties of every JavaScript object. */
const inheritedNames = ['__proto__', 'constructor', 'prototype', 'toString', 'hasOwnProperty', 'valueOf', 'toJSON'];

const oddTexts = [
  '',
  ' ',
  '\u0000',
  '\uD800',
  '\uDFFF\uD800',
  '\uFEFF',
  '\u202Edesrever',
  'é',
  'e\u0301',
  '😀'.repeat(40),
  'İı',
  '\r\n',
  '\u2028',
  '%00',
  '%',
  '../../etc/passwd',
  '#{variables.X}',
  '#{',
  '#{SourceVariables.VersionId}}',
  '****',
  '{"a":1}',
  '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>',
  "'; drop table pipelines; --",
  '$.a[?(@.b)]',
  'NaN',
  '1e999',
  'null',
  'arn:aws:codepipeline:us-east-1:123456789012:',
  ...inheritedNames,
];

const oddNumbers = [0, -0, 1, -1, 0.5, 2 ** 31 - 1, 2 ** 31, -(2 ** 31) - 1, 2 ** 53, 1e21, 1e300, -1e300, 5e-324];

/** Returns up to `maxLength` characters: ASCII, Latin-1 or any UTF-16 unit. */
export function randomText(chance: Chance, maxLength: number): string {
  const limit = chance.pick([0x80, 0x100, 0x10000]) ?? 0x80;
  return Array.from({ length: chance.below(maxLength + 1) }, () => String.fromCharCode(chance.below(limit))).join('');
}

/** Returns a text that code may mishandle, rarely a long one. */
export function oddText(chance: Chance): string {
  if (chance.oneIn(20)) return (chance.pick(['a', 'é', '😀', ' ', '-']) ?? '').repeat(chance.below(20_000));
  return chance.oneIn(3) ? randomText(chance, 40) : (chance.pick(oddTexts) ?? '');
}

/** Returns the name of an unknown member. */
export function oddName(chance: Chance): string {
  return chance.oneIn(2) ? (chance.pick(inheritedNames) ?? '') : oddText(chance);
}

export function oddNumber(chance: Chance): number {
  return chance.pick(oddNumbers) ?? 0;
}

/** Returns any JSON value, at most `depth` levels deep. */
export function oddValue(chance: Chance, depth = 3): unknown {
  const kind = chance.below(depth > 0 ? 8 : 6);
  if (kind === 0) return null;
  if (kind === 1) return chance.oneIn(2);
  if (kind === 2) return oddNumber(chance);
  if (kind === 6) return Array.from({ length: chance.below(4) }, () => oddValue(chance, depth - 1));
  if (kind === 7) {
    return Object.fromEntries(
      Array.from({ length: chance.below(4) }, () => [oddName(chance), oddValue(chance, depth - 1)]),
    );
  }
  return oddText(chance);
}

/** Returns a text that is valid in a header: Latin-1 without control characters. */
export function headerSafe(text: string): string {
  return [...text]
    .map((character) => (/[\x20-\x7e\x80-\xff]/.test(character) ? character : '?'))
    .join('')
    .slice(0, 4000);
}

/** Returns `text` with one to three small mutations. */
export function damage(chance: Chance, text: string): string {
  const times = 1 + chance.below(3);
  return Array.from({ length: times }).reduce<string>((damaged) => {
    const at = chance.below(damaged.length + 1);
    const end = Math.min(damaged.length, at + 1 + chance.below(8));
    const kind = chance.below(5);
    if (kind === 0) return damaged.slice(0, at) + damaged.slice(end);
    if (kind === 1) return damaged.slice(0, at) + oddText(chance) + damaged.slice(end);
    if (kind === 2) return damaged.slice(0, end) + damaged.slice(at);
    if (kind === 3) return damaged.slice(0, at);
    return damaged.slice(0, at) + String.fromCharCode(chance.below(0x100)) + damaged.slice(at);
  }, text);
}
