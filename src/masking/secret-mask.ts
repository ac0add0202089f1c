import { PatternTree, root } from './pattern-tree.ts';
import { formsOfSecret } from './secret-forms.ts';

/** What stands in place of a secret. */
const mark = '***';

/**
 * The end of a text that is kept back because the next piece may make a secret of it; never longer than the longest
 * secret. The first `covered` characters belong to a secret whose mark has been given out already.
 */
export interface HeldText {
  text: string;
  covered: number;
}

/** No text kept back. */
export const nothingHeld: HeldText = { text: '', covered: 0 };

/** Replaces secrets in texts by `***`. */
export interface SecretMask {
  /** Whether there is anything to look for. */
  readonly isEmpty: boolean;
  /** The whole text without its secrets. */
  mask(text: string): string;
  /** As much of a text that comes in pieces as is known to hold no unfinished secret, and what to pass with the next piece. */
  next(held: HeldText, piece: string): { text: string; held: HeldText };
  /** What was kept back, when no piece follows. */
  end(held: HeldText): string;
}

/** A part of a text that is masked. `isMarked` when its mark was given out with an earlier piece. */
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

/** The masked regions of a text in order, none of which overlap, and how much of its end may begin another secret. */
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

/** The text up to `limit`, with a mark for each region that begins before it. */
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
