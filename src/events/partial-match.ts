import { compilePattern, isPlainObject } from './patterns.ts';

/** Reports whether a valid pattern could select an event of which only `part` is known. */
export function mayMatch(pattern: object, part: object): boolean {
  const known = knownPart(pattern, part);
  return Object.keys(known).length === 0 || compilePattern(known).matches(part);
}

/** Returns what a pattern says about the members of `part`; alternatives could be fulfilled by others. */
function knownPart(pattern: object, part: object): Record<string, unknown> {
  const known: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(pattern)) {
    if (name === '$or' || !Object.hasOwn(part, name)) continue;
    const member = (part as Record<string, unknown>)[name];
    if (Array.isArray(value)) known[name] = value;
    else if (isPlainObject(value) && isPlainObject(member)) {
      const inner = knownPart(value, member);
      if (Object.keys(inner).length > 0) known[name] = inner;
    }
  }
  return known;
}
