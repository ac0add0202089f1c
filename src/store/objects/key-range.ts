/** Longer than any key: 257 times the last code point is more than the 1,024 bytes a key may have. */
const afterEveryKey = '\u{10ffff}'.repeat(257);

/**
 * Returns the first text after all that start with `prefix`, in the order of their UTF-8 bytes, which is the order of code
 * points. Used instead of LIKE, which databases implement differently.
 */
export function prefixEnd(prefix: string): string {
  const points = Array.from(prefix, (character) => character.codePointAt(0) ?? 0);
  while (points.at(-1) === 0x10ffff) points.pop();
  const last = points.pop();
  if (last === undefined) return afterEveryKey;
  // Surrogates are not characters: U+E000 follows U+D7FF.
  points.push(last === 0xd7ff ? 0xe000 : last + 1);
  return String.fromCodePoint(...points);
}

/** A range of keys as an SQL condition on `column`, and its parameters. */
export interface KeyRange {
  condition: string;
  parameters: [string, string];
}

/**
 * Matches the keys after `after` that start with `prefix`. The lower bound is one comparison: with two, SQLite may seek by
 * the smaller one and read everything up to the other.
 */
export function keysAfter(column: string, { after, prefix }: { after: string; prefix: string }): KeyRange {
  const isInside = Buffer.compare(Buffer.from(after), Buffer.from(prefix)) >= 0;
  return {
    condition: `${column} ${isInside ? '>' : '>='} ? and ${column} < ?`,
    parameters: [isInside ? after : prefix, prefixEnd(prefix)],
  };
}
