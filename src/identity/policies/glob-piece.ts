import type { GlobText } from './glob.ts';

/** A part of a pattern between two `*`. */
export interface Piece {
  text: string;
  length: number;
  /** The maximum number of passes over a text that finding it takes. */
  effort: number;
  /** For a literal piece, the length of the longest border of each prefix (Knuth-Morris-Pratt). */
  borders?: Uint16Array;
  units: Uint16Array;
}

const anyUnit = '?'.charCodeAt(0);

/** Prepares a piece, which must not be empty. */
export function readPiece(text: string): Piece {
  const units = Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  const shared = { text, length: text.length, units };
  // A piece of only `?` matches anywhere, and String.indexOf finds a single character fast.
  if (/^\?+$/.test(text)) return { ...shared, effort: 0 };
  if (text.includes('?')) return { ...shared, effort: text.length };
  return { ...shared, effort: text.length === 1 ? 0 : 1, borders: bordersOf(units) };
}

/** Returns the first index from `from` at which the piece matches and ends before `end`; -1 if there is none. */
export function findPiece(piece: Piece, text: GlobText, from: number, end: number): number {
  const { length, effort, borders } = piece;
  if (from + length > end) return -1;
  if (!borders) return effort === 0 ? from : findWithGaps(piece, text.units, from, end);
  // For crafted text String.indexOf takes time proportional to the product of both lengths: 30 µs for short pieces.
  if (length > 1) return findLiteral(piece.units, borders, { units: text.units, from, end });
  const found = text.text.indexOf(piece.text, from);
  return found < end ? found : -1;
}

interface Span {
  units: Uint16Array;
  from: number;
  end: number;
}

function findLiteral(wanted: Uint16Array, borders: Uint16Array, { units, from, end }: Span): number {
  const { length } = wanted;
  let matched = 0;
  for (let at = from; at < end; at += 1) {
    const unit = units[at];
    while (matched > 0 && wanted[matched] !== unit) matched = borders[matched - 1] as number;
    if (wanted[matched] === unit) matched += 1;
    if (matched === length) return at - length + 1;
  }
  return -1;
}

function findWithGaps({ units: wanted, length }: Piece, units: Uint16Array, from: number, end: number): number {
  for (let at = from; at + length <= end; at += 1) {
    let index = 0;
    while (index < length && (wanted[index] === anyUnit || wanted[index] === units[at + index])) index += 1;
    if (index === length) return at;
  }
  return -1;
}

function bordersOf(units: Uint16Array): Uint16Array {
  const borders = new Uint16Array(units.length);
  let matched = 0;
  for (let at = 1; at < units.length; at += 1) {
    while (matched > 0 && units[matched] !== units[at]) matched = borders[matched - 1] as number;
    if (units[matched] === units[at]) matched += 1;
    borders[at] = matched;
  }
  return borders;
}
