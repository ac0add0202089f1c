// Of valid JSON only strings and the marks of structure are looked at; numbers and names are skipped.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

/**
 * The first member name that stands twice in one object of `text`, which must be valid JSON. `JSON.parse` keeps the
 * last of the two and says nothing: a condition written twice would guard only half of what its author meant.
 */
export function findDuplicateMember(text: string): string | undefined {
  // The innermost open object's names come last; a list holds none.
  const open: (Set<string> | undefined)[] = [];
  let lastString = '';
  for (const [found] of text.matchAll(token)) {
    if (found === '{') open.push(new Set());
    else if (found === '[') open.push(undefined);
    else if (found === '}' || found === ']') open.pop();
    else if (found === ':') {
      const name: unknown = JSON.parse(lastString);
      const names = open.at(-1);
      if (typeof name !== 'string' || !names) continue;
      if (names.has(name)) return name;
      names.add(name);
    } else if (found !== ',') lastString = found;
  }
  return undefined;
}
