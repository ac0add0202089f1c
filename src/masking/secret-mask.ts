import { PatternTree, root } from './pattern-tree.ts';
import { formsOfSecret } from './secret-forms.ts';

/** The replacement of a secret. */
const mark = '***';

/**
 * The end of a text that is held back because it may be the beginning of a secret; never longer than the longest
 * secret. The first `covered` characters belong to a secret whose mark was returned already.
 */
export interface HeldText {
  text: string;
  covered: number;
}

/** No text is held back. */
export const nothingHeld: HeldText = { text: '', covered: 0 };

/** Replaces secrets in texts by `***`. */
export interface SecretMask {
  /** Whether there is nothing to mask. */
  readonly isEmpty: boolean;
  /** Masks a whole text. */
  mask(text: string): string;
  /** Masks the next piece of a text, holding back its end if a secret may begin there. */
  next(held: HeldText, piece: string): { text: string; held: HeldText };
  /** Returns the held text when no piece follows. */
  end(held: HeldText): string;
}

/** A masked part of a text; `isMarked` if its mark was returned with an earlier piece. */
interface Region {
  start: number;
  end: number;
  isMarked: boolean;
}

/** Builds the mask of some secrets: all forms of all of them, also where they overlap. Time is linear in the text. */
export function createSecretMask(secrets: readonly (string | undefined)[]): SecretMask {
  const forms = [...new Set(secrets.flatMap((secret) => formsOfSecret(secret ?? '')))];
  if (forms.length === 0) {
    return {
      isEmpty: true,
      mask: (text) => text,
      next: (held, piece) => ({ text: held.text + piece, held: nothingHeld }),
      end: (held) => held.text,
    };
  }
  const tree = new PatternTree(forms);
  const end = (held: HeldText): string => {
    const { regions } = findRegions(tree, held.text, held.covered);
    return withMarks(held.text, regions, held.text.length);
  };
  return {
    isEmpty: false,
    mask: (text) => end({ text, covered: 0 }),
    end,
    next(held, piece) {
      const text = held.text + piece;
      const { regions, openLength } = findRegions(tree, text, held.covered);
      const limit = text.length - openLength;
      const begun = regions.find(({ start, end: to, isMarked }) => to > limit && (isMarked || start < limit));
      const covered = begun ? begun.end - limit : 0;
      return { text: withMarks(text, regions, limit), held: { text: text.slice(limit), covered } };
    },
  };
}

/** Returns the masked regions of a text in order, without overlaps, and how much of its end may begin a secret. */
function findRegions(tree: PatternTree, text: string, covered: number): { regions: Region[]; openLength: number } {
  const regions: Region[] = covered > 0 ? [{ start: 0, end: covered, isMarked: true }] : [];
  let node = root;
  for (let at = 0; at < text.length; at += 1) {
    node = tree.next(node, text.charCodeAt(at));
    const length = tree.matchLength(node);
    if (length > 0) addRegion(regions, at + 1 - length, at + 1);
  }
  return { regions, openLength: tree.depth(node) };
}

function addRegion(regions: Region[], start: number, end: number): void {
  const added: Region = { start, end, isMarked: false };
  for (let last = regions.at(-1); last && last.end > added.start; last = regions.at(-1)) {
    added.start = Math.min(added.start, last.start);
    added.end = Math.max(added.end, last.end);
    added.isMarked ||= last.isMarked;
    regions.pop();
  }
  regions.push(added);
}

/** Returns the text up to `limit`, with a mark for each region that begins before it. */
function withMarks(text: string, regions: Region[], limit: number): string {
  let result = '';
  let at = 0;
  for (const { start, end, isMarked } of regions) {
    if (start >= limit) break;
    result += text.slice(at, start) + (isMarked ? '' : mark);
    at = end;
  }
  return at < limit ? result + text.slice(at, limit) : result;
}
