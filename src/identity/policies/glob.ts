import { findPiece, type Piece, readPiece } from './glob-piece.ts';

/** A pattern that was prepared once, to be matched against many texts. */
export interface Glob {
  /**
   * How many passes over a text a match may take at most, besides comparing its two ends: what policies have of it is
   * limited.
   */
  effort: number;
  /**
   * Whether the whole of a text matches. The time is at most `effort` times the length of the text, plus the length of
   * the pattern: a pattern made to run for ever, as regular expressions know them, does not exist here.
   */
  matches(text: GlobText): boolean;
}

/** A text that several patterns are matched against; its characters are taken apart once, when a pattern needs them. */
export class GlobText {
  readonly text: string;
  #units: Uint16Array | undefined;

  constructor(text: string) {
    this.text = text;
  }

  /** The UTF-16 units of the text. */
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
 * Prepares a pattern, in which `*` stands for any characters (none as well) and `?` for exactly one UTF-16 unit.
 * Wildcards in a matched text are taken literally.
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

/** Whether the pieces stand one after another between two places: each taken where it comes first leaves most room. */
function arePlaced(pieces: readonly Piece[], text: GlobText, from: number, end: number): boolean {
  let at = from;
  for (const piece of pieces) {
    const found = findPiece(piece, text, at, end);
    if (found < 0) return false;
    at = found + piece.length;
  }
  return true;
}

/** Whether a part without `*` stands at this place of the text, which is long enough. */
function isAt(part: string, text: string, at: number): boolean {
  if (!part.includes('?')) return text.startsWith(part, at);
  for (let index = 0; index < part.length; index += 1) {
    if (part[index] !== '?' && part[index] !== text[at + index]) return false;
  }
  return true;
}

/** Whether the whole of `text` matches `pattern`, for patterns that are matched once. */
export function matchesGlob(pattern: string, text: string): boolean {
  return readGlob(pattern).matches(new GlobText(text));
}

/** Whether an ARN matches the pattern of one, each of its six parts for itself: no wildcard reaches over a colon. */
export function matchesArn(pattern: string, arn: string): boolean {
  const wanted = arnParts(pattern);
  const parts = arnParts(arn);
  return wanted.length === parts.length && wanted.every((part, index) => matchesGlob(part, parts[index] ?? ''));
}

/** The parts of an ARN; the sixth is the rest, whatever colons it has. Fewer than six when it is no ARN. */
export function arnParts(arn: string): string[] {
  const parts = arn.split(':');
  return [...parts.slice(0, 5), ...(parts.length > 5 ? [parts.slice(5).join(':')] : [])];
}
