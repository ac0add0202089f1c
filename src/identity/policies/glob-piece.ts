import type { GlobText } from './glob.ts';

/** What stands between two `*` of a pattern and has to be looked for. */
export interface Piece {
  text: string;
  length: number;
  /** How many passes over a text it may take to find it. */
  effort: number;
  /** Of a literal piece: for each prefix how long the longest border of it is (Knuth, Morris, Pratt). */
  borders?: Uint16Array;
  units: Uint16Array;
}

const anyUnit = '?'.charCodeAt(0);

/** Prepares a piece, which is not empty. */
export function readPiece(text: string): Piece {
  const units = Uint16Array.from({ length: text.length }, (_, index) => text.charCodeAt(index));
  const shared = { text, length: text.length, units };
  // A piece of `?` alone stands anywhere, and one character is found by the engine at once.
  if (/^\?+$/.test(text)) return { ...shared, effort: 0 };
  if (text.includes('?')) return { ...shared, effort: text.length };
  return { ...shared, effort: text.length === 1 ? 0 : 1, borders: bordersOf(units) };
}

/** The first place from `from` on where the piece stands before `end`; -1 when there is none. */
export function findPiece(piece: Piece, text: GlobText, from: number, end: number): number {
  const { length, effort, borders } = piece;
  if (from + length > end) return -1;
  if (!borders) return effort === 0 ? from : findWithGaps(piece, text.units, from, end);
  // String.indexOf takes the product of both lengths for text made to be slow, and 30 µs for short pieces.
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
