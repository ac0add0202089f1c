import { findPiece, type Piece, readPiece } from './glob-piece.ts';

/** A prepared pattern. */
export interface Glob {
  /** The maximum number of passes over a text that matching takes, apart from comparing its two ends. */
  effort: number;
  /**
   * Reports whether the whole text matches. Takes at most `effort` times the length of the text plus the length of the
   * pattern, so no pattern can block the server as a regular expression could.
   */
  matches(text: GlobText): boolean;
}

/** A text to match against several patterns, with its UTF-16 units cached. */
export class GlobText {
  readonly text: string;
  #units: Uint16Array | undefined;

  constructor(text: string) {
    this.text = text;
  }

  get units(): Uint16Array {
    if (this.#units) return this.#units;
    const { text } = this;
    const units = new Uint16Array(text.length);
    for (let index = 0; index < text.length; index += 1) units[index] = text.charCodeAt(index);
    this.#units = units;
    return units;
  }
}

/**
 * Prepares a pattern, in which `*` matches any number of characters and `?` exactly one UTF-16 unit. Wildcards in the
 * matched text are literal.
 */
export function readGlob(pattern: string): Glob {
  const parts = pattern.split('*');
  const [first = '', ...rest] = parts;
  const last = rest.pop();
  if (last === undefined) {
    return { effort: 0, matches: ({ text }) => text.length === first.length && isAt(first, text, 0) };
  }
  const pieces = rest.filter((piece) => piece !== '').map(readPiece);
  const ends = first.length + last.length;
  const shortest = pieces.reduce((sum, { length }) => sum + length, ends);
  return {
    effort: pieces.reduce((sum, { effort }) => sum + effort, 0),
    matches: (given) => {
      const { text } = given;
      if (text.length < shortest || !isAt(first, text, 0) || !isAt(last, text, text.length - last.length)) return false;
      return pieces.length === 0 || arePlaced(pieces, given, first.length, text.length - last.length);
    },
  };
}

/** Reports whether the pieces occur in order between two positions. Taking each first match leaves the most room. */
function arePlaced(pieces: readonly Piece[], text: GlobText, from: number, end: number): boolean {
  let at = from;
  for (const piece of pieces) {
    const found = findPiece(piece, text, at, end);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}

/** Reports whether a part without `*` matches at this index of the text, which must be long enough. */
function isAt(part: string, text: string, at: number): boolean {
  if (!part.includes('?')) return text.startsWith(part, at);
  for (let index = 0; index < part.length; index += 1) {
    if (part[index] !== '?' && part[index] !== text[at + index]) return false;
  }
  return true;
}

/** Reports whether the whole of `text` matches `pattern`. */
export function matchesGlob(pattern: string, text: string): boolean {
  return readGlob(pattern).matches(new GlobText(text));
}

/** Reports whether an ARN matches a pattern, part by part: no wildcard matches across a colon. */
export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern);
  const parts = arnParts(arn);
  return wanted.length === parts.length && wanted.every((part, index) => matchesGlob(part, parts[index] ?? ''));
}

/** Returns the six parts of an ARN, the last of which may contain colons; fewer parts if it is not an ARN. */
export function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}
