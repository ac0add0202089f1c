/** Longer than any key: 257 times the last code point is more than the 1,024 bytes a key may have. */
const afterEveryKey = '\u{10ffff}'.repeat(257);

/**
 * The first text after all that begin with `prefix`, in the order of their UTF-8 bytes (which is the order of code
 * points). It takes the place of LIKE, which stores understand differently.
 */
export function prefixEnd(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return afterEveryKey;
  // Surrogates are no characters: the one after U+D7FF is U+E000.
  points.push(last === 0xd7ff ? 0xe000 : last + 1);
  return String.fromCodePoint(...points);
}

/** A range of keys as an SQL condition on `column`, and its parameters. */
export interface KeyRange {
  condition: string;
  parameters: [string, string];
}

/**
 * The keys after `after` that begin with `prefix`. Its lower bound is one comparison: with two of them SQLite seeks by
 * either, and reads all that lies before the other.
 */
export function keysAfter(column: string, { after, prefix }: { after: string; prefix: string }): KeyRange {
  const isInside = Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  return {
    condition: `${column} ${isInside ? '>' : '>='} ? and ${column} < ?`,
    parameters: [isInside ? after : prefix, prefixEnd(prefix)],
  };
}
