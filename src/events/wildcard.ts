/** A text to find, with the failure table of Knuth, Morris and Pratt, so that no text takes longer than its length. */
interface Piece {
  text: string;
  failures: number[];
}

/** Says why a wildcard is invalid, with the position that the service counts from the quotation mark before it. */
export class WildcardError extends Error {}

/** Shorter texts are found by the engine's own search, which may compare each character with all of them. */
const shortLength = 8;

/** A text with `*` for any characters; `\*` and `\\` stand for themselves. */
export interface Wildcard {
  /** How many `*` it has. */
  stars: number;
  /** Reports whether it covers the whole text, in time linear to the text's length. */
  matches(text: string): boolean;
}

/** Parses a wildcard; throws WildcardError for two adjacent `*` and for other escapes. */
export function parseWildcard(pattern: string): Wildcard {
  const texts = split(pattern);
  const [first = ''] = texts;
  const last = texts.at(-1) ?? '';
  const between = texts.slice(1, -1).map((text): Piece => ({ text, failures: failuresOf(text) }));
  return {
    stars: texts.length - 1,
    matches(text) {
      if (texts.length === 1) return text === first;
      if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false;
      const end = text.length - last.length;
      let position = first.length;
      for (const piece of between) {
        position = endOf(piece, text, position, end);
        if (position < 0) return false;
      }
      return true;
    },
  };
}

/** Returns the texts around the `*` of a wildcard. */
function split(pattern: string): string[] {
  const texts: string[] = [];
  let current = '';
  for (let index = 0; index < pattern.length; index += 1) {
    const character = pattern[index];
    if (character === '*') {
      if (pattern[index + 1] === '*') throw new WildcardError(`Consecutive wildcard characters at pos ${index + 1}`);
      texts.push(current);
      current = '';
      continue;
    }
    if (character === '\\') {
      index += 1;
      if (pattern[index] !== '*' && pattern[index] !== '\\') {
        throw new WildcardError(`Invalid escape character at pos ${index}`);
      }
    }
    current += pattern[index];
  }
  return [...texts, current];
}

/** For each position, the length of the longest proper prefix of the text that ends there. */
function failuresOf(text: string): number[] {
  const failures = [0];
  for (let index = 1, length = 0; index < text.length; index += 1) {
    while (length > 0 && text[index] !== text[length]) length = failures[length - 1] ?? 0;
    if (text[index] === text[length]) length += 1;
    failures.push(length);
  }
  return failures;
}

/** Returns the end of the first occurrence between two positions; -1 if there is none. */
function endOf({ text: wanted, failures }: Piece, text: string, from: number, to: number): number {
  if (wanted.length <= shortLength) {
    const start = text.indexOf(wanted, from);
    return start < 0 || start + wanted.length > to ? -1 : start + wanted.length;
  }
  for (let index = from, length = 0; index < to; index += 1) {
    const code = text.charCodeAt(index);
    while (length > 0 && code !== wanted.charCodeAt(length)) length = failures[length - 1] ?? 0;
    if (code === wanted.charCodeAt(length)) length += 1;
    if (length === wanted.length) return index + 1;
  }
  return -1;
}
