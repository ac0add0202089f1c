import { BuildFailure } from './build-result.ts';

/** The most patterns that choices in braces stand for. */
const maxChoices = 1000;

/** One place of a segment: any text, or one character. */
type Part = 'any' | ((character: string) => boolean);

/** A segment of a path; `**` stands for any number of them. */
type Segment = '**' | Part[];

/**
 * Compiles a pattern of a buildspec for paths: `*`, `?` and `[…]` match within a segment, hidden names too, `**` any
 * number of segments, `{a,b}` are choices. The time to match grows with the length of the path times that of the
 * pattern, never faster, since patterns come from strangers. Throws BuildFailure for too many choices.
 */
export function compilePathPattern(pattern: string): (path: string) => boolean {
  const choices = expandBraces(pattern.replace(/^\.\//, ''));
  if (!choices.some((choice) => /[*?[]/.test(choice))) return (path) => choices.includes(path);
  const compiled = choices.map((choice) => choice.split('/').map(readSegment));
  return (path) => {
    const names = path.split('/');
    return compiled.some((segments) => matchesWith(segments, names, '**', matchesSegment));
  };
}

/** Reports whether a pattern has anything but literal characters. */
export function isPathPattern(text: string): boolean {
  return /[*?[{]/.test(text);
}

/** Returns the patterns without braces that a pattern stands for. */
function expandBraces(pattern: string): string[] {
  const done: string[] = [];
  for (let left = [pattern]; left.length > 0; ) {
    const text = left.pop() ?? '';
    // The innermost braces first, so that nested ones need no care.
    const found = /\{([^{}]*,[^{}]*)\}/.exec(text);
    if (!found) done.push(text);
    else {
      const [before, after] = [text.slice(0, found.index), text.slice(found.index + found[0].length)];
      left.push(...(found[1] ?? '').split(',').map((choice) => before + choice + after));
    }
    if (done.length + left.length > maxChoices) {
      throw new BuildFailure('CLIENT_ERROR', `the pattern ${pattern} has more than ${maxChoices} choices`);
    }
  }
  return [...new Set(done)];
}

function readSegment(text: string): Segment {
  if (text === '**') return '**';
  const parts: Part[] = [];
  for (let at = 0; at < text.length; at += 1) {
    const character = text[at] ?? '';
    const close = character === '[' ? text.indexOf(']', at + 2) : -1;
    if (character === '*') {
      if (parts.at(-1) !== 'any') parts.push('any');
    } else if (character === '?') parts.push(() => true);
    else if (close > 0) {
      parts.push(readClass(text.slice(at + 1, close)));
      at = close;
    } else {
      if (character === '\\') at += 1;
      const literal = text[at] ?? '\\';
      parts.push((other) => other === literal);
    }
  }
  return parts;
}

function readClass(members: string): (character: string) => boolean {
  const isNegated = /^[!^]/.test(members);
  const ranges = [...(isNegated ? members.slice(1) : members).matchAll(/(.)-(.)|(.)/gs)];
  const has = (character: string) =>
    ranges.some(([, first, last, single]) =>
      single === undefined
        ? first !== undefined && last !== undefined && first <= character && character <= last
        : single === character,
    );
  return (character) => has(character) !== isNegated;
}

function matchesSegment(segment: Segment, name: string): boolean {
  if (segment === '**') return true;
  return matchesWith(segment, [...name], 'any', (part, character) => part !== 'any' && part(character));
}

/**
 * Matches items against a pattern in which `wildcard` takes any number of them. It is enough to come back to the last
 * wildcard: what the ones before have taken may stay.
 */
function matchesWith<Element, Item>(
  pattern: readonly Element[],
  items: readonly Item[],
  wildcard: Element,
  matches: (element: Element, item: Item) => boolean,
): boolean {
  let at = 0;
  let wildcardAt = -1;
  let resumeAt = 0;
  for (let item = 0; item < items.length; ) {
    const element = pattern[at];
    if (at < pattern.length && element === wildcard) {
      wildcardAt = at;
      resumeAt = item;
      at += 1;
    } else if (at < pattern.length && matches(element as Element, items[item] as Item)) {
      at += 1;
      item += 1;
    } else if (wildcardAt >= 0) {
      resumeAt += 1;
      item = resumeAt;
      at = wildcardAt + 1;
    } else return false;
  }
  return pattern.slice(at).every((element) => element === wildcard);
}
