/** A policy is invalid or unsupported. The message begins with the location of the fault: `Statement[0].Action`. */
export class PolicyError extends Error {
  constructor(place: string, fault: string) {
    super(place === '' ? fault : `${place}: ${fault}`);
    this.name = 'PolicyError';
  }
}

/** Checks that a value is an object with no members other than `allowed`. Throws `PolicyError`. */
export function readObject(value: unknown, place: string, allowed: readonly string[]): Record<string, unknown> {
  if (!isObject(value)) throw new PolicyError(place, 'must be a JSON object');
  for (const name of Object.keys(value)) {
    if (allowed.includes(name)) continue;
    if (name === 'Principal' || name === 'NotPrincipal') {
      throw new PolicyError(place, `${name} is not allowed here: the policy applies to the caller that has it`);
    }
    throw new PolicyError(place, `'${name}' is not supported: expected ${allowed.join(', ')}`);
  }
  return value;
}

/** Reads a string or a non-empty list of strings, passing each with its location to `check`. Throws `PolicyError`. */
export function readTexts(
  value: unknown,
  place: string,
  check: (text: string, place: string) => void = () => undefined,
): string[] {
  const list: unknown[] = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw new PolicyError(place, 'needs at least one value');
  return list.map((text, index) => {
    const at = Array.isArray(value) ? `${place}[${index}]` : place;
    if (typeof text !== 'string') throw new PolicyError(at, 'must be a string');
    // IAM would substitute a value; taken literally it would match nothing and deny nothing.
    if (text.includes('${')) throw new PolicyError(at, 'policy variables such as ${aws:username} are not supported');
    check(text, at);
    return text;
  });
}

/** Reports whether `value` is a JSON object, neither a list nor null. */
export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

// Strings and structural characters of valid JSON; everything else is skipped.
const token = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],:]/gs;

/**
 * Returns the first member name that occurs twice in one object of `text`, which must be valid JSON. `JSON.parse`
 * silently keeps the last one, so half of a condition that was written twice would be lost.
 */
export function findDuplicateMember(text: string): string | undefined {
  // The names in each open object, the innermost last; undefined for a list.
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
