/**
 * Says why a trigger's pattern is not a valid glob of Java's path matcher, as the end of a sentence. `*`, `**` and `?`
 * match, `[…]` is a class that `!` negates, `{…,…}` are choices that do not nest, and a backslash escapes a character.
 */
export function globMistake(pattern: string): string | undefined {
  let isInChoices = false;
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at];
    if (character === '\\') {
      at += 1;
      if (at === pattern.length) return 'nothing follows its last backslash';
    } else if (character === '[') {
      const end = pattern.indexOf(']', at);
      const mistake = classMistake(end < 0 ? undefined : pattern.slice(at + 1, end));
      if (mistake !== undefined) return mistake;
      at = end;
    } else if (character === '{') {
      if (isInChoices) return 'choices in braces cannot be nested';
      isInChoices = true;
    } else if (character === '}') {
      isInChoices = false;
    }
  }
  return isInChoices ? 'a brace is not closed' : undefined;
}

/** Says what is wrong with a class; `members` is undefined if it is not closed. */
function classMistake(members: string | undefined): string | undefined {
  if (members === undefined) return 'a bracket is not closed';
  if (members.includes('/')) return 'a class in brackets cannot hold a slash';
  const listed = members.startsWith('!') ? members.slice(1) : members;
  if (listed === '') return 'a class in brackets is empty';
  // A hyphen is literal at either end; elsewhere it must form a range. A range cannot begin with `^`.
  const ranges = listed.startsWith('-') || members.startsWith('^') ? listed.slice(1) : listed;
  for (let at = 0; at < ranges.length; at += 1) {
    if (ranges[at] === '-') return 'a range in brackets has no beginning';
    if (ranges[at + 1] !== '-') continue;
    const [first = '', last] = [ranges[at], ranges[at + 2]];
    if (last === undefined) break;
    if (last < first) return `the range ${first}-${last} in brackets is descending`;
    at += 2;
  }
  return undefined;
}
